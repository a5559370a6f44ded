/**
 * The time grid: segment k of an epoch covers media time [k/6, (k+1)/6) seconds.
 *
 * A segment boundary is not an integer in microseconds or samples, so every function here rounds *up*:
 * boundary k is the first integer instant (or sample) that is not before k/6 s. Three segments are exactly
 * half a second, and exactly 8000 samples.
 */
export const SEGMENT_RATE = 6;

/** Sample rate of all audio behind the decode child, in Hz. */
export const SAMPLE_RATE_HZ = 16_000;

/** Largest number of samples in one segment; the counts run 2667, 2667, 2666 and repeat. */
export const MAX_SEGMENT_SAMPLES = 2667;

/** Side of the square RGB frame that the visual extractor reads, in pixels. */
export const FRAME_SIZE = 224;

/** Bytes in one RGB frame `[224, 224, 3]` uint8. */
export const FRAME_BYTES = FRAME_SIZE * FRAME_SIZE * 3;

/** Steps that one score can depend on, at the paper's tower size: 20.2 s. */
export const RECEPTIVE_FIELD_SEGMENTS = 121;

const US_PER_SECOND = 1_000_000;

/** First microsecond of segment `k`: ceil(k/6 s). Valid for |k| up to 9e9. */
export function segmentStartUs(k: number): number {
  return Math.ceil((k * US_PER_SECOND) / SEGMENT_RATE);
}

/** Middle of segment `k` in microseconds, rounded up; the segment's frame is the one nearest to it. */
export function segmentMiddleUs(k: number): number {
  return Math.ceil(((2 * k + 1) * US_PER_SECOND) / (2 * SEGMENT_RATE));
}

/** Index of the segment that contains media time `ptsUs`; negative before the epoch's origin. */
export function segmentAtUs(ptsUs: number): number {
  return Math.floor((ptsUs * SEGMENT_RATE) / US_PER_SECOND);
}

/** Index of the first sample of segment `k`: ceil(16000·k/6). */
export function segmentStartSample(k: number): number {
  return Math.ceil((k * SAMPLE_RATE_HZ) / SEGMENT_RATE);
}

/** Number of samples in segment `k`: 2667, 2667, 2666, … */
export function segmentNumSamples(k: number): number {
  return segmentStartSample(k + 1) - segmentStartSample(k);
}

/** Media time of segment `k` in seconds, as the towers' timestamp feature sees it: exactly k/6. */
export function segmentSeconds(k: number): number {
  return k / SEGMENT_RATE;
}
