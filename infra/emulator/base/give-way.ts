import { constants, setPriority } from 'node:os';

/**
 * An alert is worth more than an answer that takes long: where both want the processor, the pipeline gets more of it.
 * @param pid of the process that gives the answer; undefined where it has not started
 */
export function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It is gone already, or the system has no priorities.
  }
}
