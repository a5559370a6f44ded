import { readFileSync } from 'node:fs';

/** Resident memory of a process of this machine in bytes; null where the system does not tell it, or the process is gone. */
export type ResidentBytesOf = (pid: number) => number | null;

/**
 * Asks Linux, which knows it of a process that is caught in native code, or stopped, too. Read at once rather than later: a
 * process that has just exited could have left its number to another one.
 */
export const residentBytesOf: ResidentBytesOf = (pid) => readStatus(pid, /^VmRSS:\s+(\d+)/m);

/** The most that it has ever been, as `residentBytesOf` tells what it is. */
export const peakResidentBytesOf: ResidentBytesOf = (pid) => readStatus(pid, /^VmHWM:\s+(\d+)/m);

function readStatus(pid: number, line: RegExp): number | null {
  if (process.platform !== 'linux') return null;
  try {
    const kibibytes = line.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
}
