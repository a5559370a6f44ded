import { residentBytesOf } from '../streams/child/resident-memory.js';
import { parentsOfAll } from './child-processes.js';

/**
 * Resident memory in MB of process `pid` and all its descendants (Linux only, NaN elsewhere). Pages shared between them count
 * once each, as the kernel reports them, so the sum is an upper bound.
 */
export function residentMegabytes(pid: number): number {
  if (process.platform !== 'linux') return NaN;
  const parents = parentsOfAll();
  const family = new Set([pid]);
  for (let grown = true; grown;) {
    grown = false;
    for (const [child, parent] of parents) {
      if (!family.has(parent) || family.has(child)) continue;
      family.add(child);
      grown = true;
    }
  }
  return [...family].reduce((sum, member) => sum + (residentBytesOf(member) ?? 0), 0) / 1e6;
}
