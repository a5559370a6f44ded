import { SAMPLE_RATE_HZ } from '../../core/time-grid.js';

/** Presentation times may be this far from the running sample count before they are believed: 30 ms. */
export const SAMPLE_TOLERANCE = (SAMPLE_RATE_HZ * 30) / 1000;

/** Where a block of 16 kHz audio goes: drop `skip` samples at its head, the rest starts at `startSample`. */
export interface SamplePlacement {
  readonly startSample: number;
  /** 0 to the block's length; the whole length means that nothing of the block is new. */
  readonly skip: number;
}

/**
 * Turns audio presentation times into sample positions of one timeline. Containers round times to a millisecond or
 * give several blocks the same one, so blocks follow each other without a seam while their time is within
 * `SAMPLE_TOLERANCE` of the running count. Beyond it the time is believed: ahead leaves a hole, behind drops the samples
 * that were there already. Blocks never overlap.
 */
export class SampleClock {
  #nextSample: number | null = null;

  /** First sample after everything placed so far; 0 before the first block. */
  get nextSample(): number {
    return this.#nextSample ?? 0;
  }

  /** @param ptsUs media time of the block's first sample, in µs */
  place(ptsUs: number, numSamples: number): SamplePlacement {
    const timedSample = Math.round((ptsUs * SAMPLE_RATE_HZ) / 1_000_000);
    const expected = this.#nextSample ?? timedSample;
    const deviation = timedSample - expected;
    let startSample = expected;
    let skip = 0;
    if (deviation > SAMPLE_TOLERANCE) startSample = timedSample;
    else if (deviation < -SAMPLE_TOLERANCE) skip = Math.min(numSamples, -deviation);
    this.#nextSample = startSample + numSamples - skip;
    return { startSample, skip };
  }

  /** A new timeline starts. */
  reset(): void {
    this.#nextSample = null;
  }
}
