import { seededOrder } from '../seeded-order.js';

/**
 * The order in which an epoch takes the videos; it belongs to the seed and the epoch alone, so that a resumed run needs
 * nothing of the epochs before.
 */
export function epochOrder<T>(videos: readonly T[], seed: number, epoch: number): T[] {
  return seededOrder(videos, `order/${seed}`, `epoch-${epoch}`);
}
