import { SEGMENT_RATE } from '../../core/time-grid.js';

const US_PER_SECOND = 1_000_000;
/** Far above the rounding of a float64, far below what would be another segment. */
const GRID_TOLERANCE = 1e-3;

/**
 * The segment that an annotation belongs to: the nearest k/6 s. EEV writes the starts of segments in whole microseconds,
 * rounded up or down (166666 or 166667), so that the segment that contains the time could be the one before.
 */
export function annotatedSegment(timeUs: number): number {
  return Math.round((timeUs * SEGMENT_RATE) / US_PER_SECOND);
}

/** The segment that begins at `seconds`; null where none does. */
export function segmentAtSeconds(seconds: number): number | null {
  const segment = Math.round(seconds * SEGMENT_RATE);
  return Math.abs(seconds * SEGMENT_RATE - segment) < GRID_TOLERANCE && segment >= 0 ? segment : null;
}
