import { seededUniform } from '../model/weights/seeded.js';

/** The items in an order that belongs to `salt` and `name` alone (a Fisher-Yates shuffle); a copy. */
export function seededOrder<T>(items: Iterable<T>, salt: string, name: string): T[] {
  const uniform = seededUniform(salt, name);
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(((uniform() + 1) / 2) * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
