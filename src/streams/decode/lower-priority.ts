import { readdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * How far below inference decoding runs: under full load it gets a third of the time that inference gets. Further down it
 * would starve beside any other program.
 */
const NICER_BY = process.platform === 'win32' ? constants.priority.PRIORITY_BELOW_NORMAL : 5;

const LOWEST = 19;

/** Lowers the priority of this process. Where the system does not let it, it stays as it is. */
export function lowerPriority(): void {
  try {
    const niceness = Math.min(LOWEST, getPriority() + NICER_BY);
    for (const threadId of threadIds()) setPriority(threadId, niceness);
  } catch {
    // Decoding goes on; inference only has less of an advantage.
  }
}

/** On Linux each thread has a priority of its own, and passes it on to those that it starts; elsewhere a process has one. */
function threadIds(): number[] {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0];
}
