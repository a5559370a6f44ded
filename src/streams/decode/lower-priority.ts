import { readdirSync } from 'node:fs';
import { constants, getPriority, setPriority } from 'node:os';

/**
 * How far below inference decoding runs: under full load it gets a third of the time that inference gets. Further down it
 * would starve beside any other program.
 */
const NICER_BY = process.platform === 'win32' ? constants.priority.PRIORITY_BELOW_NORMAL : 5;

const LOWEST = 19;

/**
 * Lowers the priority of a child that has just been started below that of this process, so that what its start takes comes
 * after inference, too. Where the system does not let it, it stays as it is.
 */
export function lowerPriorityOf(pid: number): void {
  try {
    setPriority(pid, priorityBelow(0));
  } catch {
    // It has ended, or decoding goes on and inference only has less of an advantage.
  }
}

/**
 * Lowers the priority of this process, with all its threads, below that of its parent. On Linux each thread has a priority of
 * its own, and the parent may have come too late for those that were started first.
 */
export function lowerPriority(): void {
  try {
    const niceness = priorityBelow(process.ppid);
    for (const threadId of threadIds()) setPriority(threadId, niceness);
  } catch {
    // As above.
  }
}

function priorityBelow(pid: number): number {
  return Math.min(LOWEST, getPriority(pid) + NICER_BY);
}

/** On Linux each thread has a priority of its own, and passes it on to those that it starts; elsewhere a process has one. */
function threadIds(): number[] {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').map(Number) : [0];
}
