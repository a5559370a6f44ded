/**
 * How long to wait before connecting again, in ms: a random part of a ceiling that doubles with every attempt, so that many
 * clients of one server do not come back at the same moment.
 */
export function retryWaitMs(numAttempts: number, initialMs: number, maxMs: number): number {
  return Math.random() * Math.min(maxMs, initialMs * 2 ** Math.min(numAttempts, 30));
}
