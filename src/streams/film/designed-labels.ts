import { segmentSeconds } from '../../core/time-grid.js';
import type { Film } from './film.js';

/**
 * What a film is designed to evoke at the end of segment `k` of its own time, when all of the segment has been seen and heard: 15
 * values in [0, 1] in the order of `LABELS`; null where the film is not annotated.
 */
export function designedForSegment(
  film: Pick<Film, 'designedAt' | 'isAnnotatedAt'>,
  k: number,
): number[] | null {
  const seconds = segmentSeconds(k + 1);
  return film.isAnnotatedAt(seconds) ? film.designedAt(seconds) : null;
}
