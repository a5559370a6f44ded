/** A clock in milliseconds with a fraction; injected wherever time matters. */
export interface Clock {
  nowMs(): number;
}

/**
 * Milliseconds since a moment that is the same for all processes and threads of this machine, but means nothing beyond it. Nobody
 * sets it: every length of time, and every wait, is measured with it. It stands still while the machine sleeps.
 */
export const steadyClock: Clock = {
  nowMs() {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1000 + nanoseconds / 1e6;
  },
};

/** How far the wall clock may be off before it is followed, in ms: more than two readings are apart, less than matters. */
const MAX_OFF_MS = 50;

/**
 * A clock that runs as smoothly as `monotonicMs`, but follows `wallMs` where that was set: forwards (a machine that slept, or
 * that learnt the time only after it had started) or back. Not for lengths of time: see `steadyClock`.
 * @param wallMs Unix milliseconds, whole ones will do
 * @param monotonicMs milliseconds since `originMs`
 * @param originMs Unix milliseconds with a fraction
 */
export function followingClock(wallMs: () => number, monotonicMs: () => number, originMs: number): Clock {
  let offsetMs = originMs;
  const offMs = (): number => wallMs() - (monotonicMs() + offsetMs);
  return {
    nowMs() {
      // Looked at twice: this thread may have had to wait between the two readings.
      if (Math.abs(offMs()) > MAX_OFF_MS) {
        const again = offMs();
        if (Math.abs(again) > MAX_OFF_MS) offsetMs += again;
      }
      return monotonicMs() + offsetMs;
    },
  };
}

/** Unix milliseconds with sub-millisecond resolution, as this machine has them; for people, not for lengths of time. */
export const systemClock: Clock = followingClock(
  () => Date.now(),
  () => performance.now(),
  performance.timeOrigin,
);

/** What the wall clock shows, had shown or will show at a moment of the steady one, in Unix ms. */
export function wallMsAt(steadyMs: number, wall: Clock = systemClock, steady: Clock = steadyClock): number {
  return wall.nowMs() - (steady.nowMs() - steadyMs);
}
