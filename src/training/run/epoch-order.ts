import { seededUniform } from '../../model/weights/seeded.js';

/**
 * The order in which an epoch takes the videos: a Fisher-Yates shuffle that belongs to the seed and the epoch alone, so that
 * a resumed run needs nothing of the epochs before.
 */
export function epochOrder<T>(videos: readonly T[], seed: number, epoch: number): T[] {
  const uniform = seededUniform(`order/${seed}`, `epoch-${epoch}`);
  const order = [...videos];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(((uniform() + 1) / 2) * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
