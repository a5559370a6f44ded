import type { PositionPolicy } from '../../core/config.js';

/** The timestamp feature of one step. */
export interface PositionFeature {
  readonly seconds: number;
  /** True where it is not the real time, because that is beyond what training saw. */
  readonly limited: boolean;
}

/**
 * The timestamp feature at `seconds` of an epoch. From `maxSeconds` on `clamp` stays there, `wrap` starts again from 0
 * and `elapsed` goes on.
 */
export function positionFeature(
  seconds: number,
  maxSeconds: number,
  policy: PositionPolicy,
): PositionFeature {
  if (policy === 'elapsed' || seconds <= maxSeconds) return { seconds, limited: false };
  return { seconds: policy === 'clamp' ? maxSeconds : seconds % maxSeconds, limited: true };
}
