import { readdirSync, readFileSync } from 'node:fs';

/** The parent of every process that runs, by process id (Linux). */
export function parentsOfAll(): Map<number, number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return new Map(pids.map((name) => [Number(name), parentOf(name)]));
}

/** Process ids of the decode children of server `pid` (Linux). */
export function decodeChildren(pid: number): number[] {
  return childrenOf(pid, 'streams/decode/child-main');
}

/** Process ids of the children of `pid` that run this compiled entry (Linux). */
export function childrenOf(pid: number, entry: string): number[] {
  return [...parentsOfAll()]
    .filter(([child, parent]) => parent === pid && readOf(child, 'cmdline').includes(entry))
    .map(([child]) => child);
}

function parentOf(pid: string): number {
  return Number(/^PPid:\s+(\d+)/m.exec(readOf(pid, 'status'))?.[1] ?? 0);
}

function readOf(pid: number | string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return ''; // ended between the listing and the reading
  }
}
