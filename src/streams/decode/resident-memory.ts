import { readFileSync } from 'node:fs';

/** Resident memory of a process of this machine in bytes; null where the system does not tell it, or the process is gone. */
export type ResidentBytesOf = (pid: number) => number | null;

/**
 * Asks Linux, which knows it of a process that is caught in native code, or stopped, too. Read at once rather than later: a
 * process that has just exited could have left its number to another one.
 */
export const residentBytesOf: ResidentBytesOf = (pid) => {
  if (process.platform !== 'linux') return null;
  try {
    const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  } catch {
    return null;
  }
};
