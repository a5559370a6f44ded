import { LABELS } from '../../core/labels.js';
import { SEGMENT_RATE } from '../../core/time-grid.js';
import { type Answer, DESIGN } from './design.js';
import { type Drives, drivesOf } from './drives.js';
import { noiseAt } from './seeded-noise.js';

/** Nothing older than this counts, in segments: 15 s. */
export const HISTORY_SEGMENTS = 15 * SEGMENT_RATE;

/** How much of an answer is to change: the last impressions count against the mean of the whole history. */
const HABITUATION = 0.5;
/** Share of what is heard, where what is seen counts 1. */
const HEARD_SHARE = 0.75;
/** Slope of the curve that keeps values in [0, 1]. */
const STEEPNESS = 1.3;
/** Length of the arc in seconds: from then on a film is old. */
const ARC_SECONDS = 60;

/** Mean and standard deviation of each drive over 200 films of two minutes. */
const TYPICAL: Readonly<Record<keyof Drives, readonly [mean: number, std: number]>> = {
  face: [0.16, 0.366],
  smile: [0.128, 0.237],
  frown: [0.134, 0.241],
  crowd: [0.17, 0.375],
  text: [0.165, 0.371],
  wide: [0.169, 0.374],
  dark: [0.454, 0.259],
  warm: [0.273, 0.251],
  motion: [0.504, 0.287],
  closeUp: [0.331, 0.243],
  cut: [0.098, 0.297],
  loud: [0.528, 0.295],
  major: [0.142, 0.349],
  minor: [0.15, 0.357],
  pitch: [0.147, 0.279],
  beat: [0.118, 0.289],
  burst: [0.047, 0.213],
  noise: [0.136, 0.342],
  voice: [0.138, 0.345],
  silence: [0.144, 0.351],
};

/** One answer with its kernel, ready to be summed. */
interface Response {
  readonly seen: readonly (readonly [drive: keyof Drives, weight: number])[];
  readonly heard: readonly (readonly [drive: keyof Drives, weight: number])[];
  readonly together: Answer['together'];
  /** Weight of the segment `n` segments ago, `[HISTORY_SEGMENTS]`. */
  readonly kernel: Float64Array;
  readonly arc: number;
}

const RESPONSES: readonly Response[] = LABELS.map((label) => {
  const answer = DESIGN.find((each) => each.label === label)!;
  return {
    seen: unitWeights(answer.seen, 1),
    heard: unitWeights(answer.heard, HEARD_SHARE),
    together: answer.together,
    kernel: kernelOf(answer),
    arc: answer.arc,
  };
});

/** The designed curves of one film. Remembers the drives of the last segments, so that playing on costs little. */
export class DesignedCurves {
  readonly #seed: number;
  /** Standardised impressions of one segment, `[15]`, by segment. */
  readonly #impressions = new Map<number, Float64Array>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** 15 values in [0, 1] when segment `k` ≥ 0 is over. */
  after(k: number): number[] {
    const past = Array.from({ length: Math.min(k + 1, HISTORY_SEGMENTS) }, (_, n) => this.#impression(k - n));
    const arc = Math.min((k + 1) / SEGMENT_RATE, ARC_SECONDS) / ARC_SECONDS;
    return RESPONSES.map((response, label) => {
      let sum = response.arc * (arc - 0.5);
      for (const [n, impression] of past.entries()) sum += response.kernel[n]! * impression[label]!;
      return 1 / (1 + Math.exp(-STEEPNESS * sum));
    });
  }

  #impression(k: number): Float64Array {
    const known = this.#impressions.get(k);
    if (known !== undefined) return known;
    const drives = drivesOf(this.#seed, k);
    const impression = Float64Array.from(RESPONSES, (response) => impressionOf(response, drives));
    this.#impressions.set(k, impression);
    // Oldest first: a Map keeps the order of insertion.
    if (this.#impressions.size > 2 * HISTORY_SEGMENTS) {
      this.#impressions.delete(this.#impressions.keys().next().value!);
    }
    return impression;
  }
}

/** Whether segment `k` has an annotation: detectors lose the viewer's face now and then, for up to a few seconds. */
export function isSegmentAnnotated(seed: number, k: number): boolean {
  const spell = Math.floor(k / SPELL_SEGMENTS);
  if (noiseAt(seed, spell, 60) >= SPELL_SHARE) return true;
  const from = noiseAt(seed, spell, 61) * SPELL_SEGMENTS * 0.5;
  const length = (0.1 + 0.4 * noiseAt(seed, spell, 62)) * SPELL_SEGMENTS;
  const at = k - spell * SPELL_SEGMENTS;
  return at < from || at >= from + length;
}

/** One hole at most in so many segments, and in which share of such stretches there is one. */
const SPELL_SEGMENTS = 36;
const SPELL_SHARE = 0.35;

function impressionOf({ seen, heard, together }: Response, drives: Drives): number {
  let sum = 0;
  for (const [drive, weight] of [...seen, ...heard]) sum += weight * standardised(drives, drive);
  if (together !== undefined) {
    sum += together.weight * standardised(drives, together.seen) * standardised(drives, together.heard);
  }
  return sum;
}

function standardised(drives: Drives, drive: keyof Drives): number {
  const [mean, std] = TYPICAL[drive];
  return (drives[drive] - mean) / std;
}

/** Scales weights to a norm, so that seen and heard stand in the same proportion in every answer. */
function unitWeights(
  weights: Readonly<Partial<Record<keyof Drives, number>>>,
  norm: number,
): (readonly [keyof Drives, number])[] {
  const entries = Object.entries(weights) as [keyof Drives, number][];
  const length = Math.hypot(...entries.map(([, weight]) => weight));
  return entries.map(([drive, weight]) => [drive, (norm * weight) / length]);
}

/** Nothing during the delay, then an exponential decay; minus what one has grown used to. Sums to 1 − HABITUATION. */
function kernelOf({ delaySeconds, fadeSeconds }: Answer): Float64Array {
  const kernel = new Float64Array(HISTORY_SEGMENTS);
  const delay = Math.round(delaySeconds * SEGMENT_RATE);
  let total = 0;
  for (let n = delay; n < HISTORY_SEGMENTS; n++) {
    kernel[n] = Math.exp(-(n - delay) / (fadeSeconds * SEGMENT_RATE));
    total += kernel[n]!;
  }
  return kernel.map((weight) => weight / total - HABITUATION / HISTORY_SEGMENTS);
}
