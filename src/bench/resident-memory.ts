import { readdirSync, readFileSync } from 'node:fs';
import { residentBytesOf } from '../streams/child/resident-memory.js';

/**
 * Resident memory in MB of process `pid` and all its descendants (Linux only, NaN elsewhere). Pages shared between them count
 * once each, as the kernel reports them, so the sum is an upper bound.
 */
export function residentMegabytes(pid: number): number {
  if (process.platform !== 'linux') return NaN;
  const parents = readParents();
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

function readParents(): Map<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((name) => [Number(name), parentOf(name)]));
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // ended between the listing and the reading
  }
}
