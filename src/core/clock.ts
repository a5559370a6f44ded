/** Wall clock as Unix milliseconds with a fraction; injected wherever time matters. */
export interface Clock {
  nowMs(): number;
}

/**
 * Unix milliseconds with sub-millisecond resolution; comparable between the processes of one machine, and monotonic within a process.
 */
export const systemClock: Clock = { nowMs: () => performance.timeOrigin + performance.now() };
