/** Wall clock as Unix milliseconds with a fraction; injected wherever time matters. */
export interface Clock {
  nowMs(): number;
}

/** How far the wall clock may be ahead before it is followed, in ms: more than two readings are apart, less than matters. */
const MAX_BEHIND_MS = 50;

/**
 * A clock that runs as smoothly as `monotonicMs` and never goes back, but follows `wallMs` where that is ahead: a machine that
 * slept, or that learnt the time only after it had started, would otherwise be hours behind processes that start later.
 * @param wallMs Unix milliseconds, whole ones will do
 * @param monotonicMs milliseconds since `originMs`
 * @param originMs Unix milliseconds with a fraction
 */
export function followingClock(wallMs: () => number, monotonicMs: () => number, originMs: number): Clock {
  let offsetMs = originMs;
  return {
    nowMs() {
      const elapsedMs = monotonicMs();
      const behindMs = wallMs() - (elapsedMs + offsetMs);
      if (behindMs > MAX_BEHIND_MS) offsetMs += behindMs;
      return elapsedMs + offsetMs;
    },
  };
}

/**
 * Unix milliseconds with sub-millisecond resolution; comparable between the processes of one machine, and monotonic within a process.
 */
export const systemClock: Clock = followingClock(
  () => Date.now(),
  () => performance.now(),
  performance.timeOrigin,
);
