import { closeSync, readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC in a descriptor's flags: what is open without it came from the process before this one. */
const CLOSE_ON_EXEC = 0o2_000_000;

/**
 * Closes what the server itself had inherited (from a shell, a service manager) and so could not keep from its children. All
 * that it opened by itself is closed by the system. Only Linux needs it.
 * @param numPassedOn descriptors that the server means this process to have, counted from 0
 */
export function closeInherited(numPassedOn: number): void {
  if (process.platform !== 'linux') return;
  for (const descriptor of readdirSync('/proc/self/fd').map(Number)) {
    if (descriptor >= numPassedOn && isInherited(descriptor)) closeSync(descriptor);
  }
}

function isInherited(descriptor: number): boolean {
  try {
    const flags = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return flags !== undefined && (parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // the listing's own
  }
}
