import { readdirSync, readFileSync } from 'node:fs';

/** Process ids of the decode children of server `pid` (Linux). */
export function decodeChildren(pid: number): number[] {
  return childrenOf(pid, 'streams/decode/child-main');
}

/** Process ids of the children of `pid` that run this compiled entry (Linux). */
export function childrenOf(pid: number, entry: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => isChildOf(name, pid, entry))
    .map(Number);
}

function isChildOf(name: string, pid: number, entry: string): boolean {
  try {
    const isChild = new RegExp(`^PPid:\\s+${pid}$`, 'm').test(readFileSync(`/proc/${name}/status`, 'utf8'));
    return isChild && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(entry);
  } catch {
    return false; // ended between the listing and the reading
  }
}
