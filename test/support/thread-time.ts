/**
 * Processor time of the thread that runs the tests, in ms. Other threads of the process collect the garbage of all tests
 * that the worker has run, which says nothing of what one of them holds up.
 */
import { existsSync, readFileSync } from 'node:fs';

/** Of a process's first thread: its nanoseconds on a processor come first. Linux has it, where the kernel counts them. */
const SCHEDULED = '/proc/self/schedstat';
const isCounted = existsSync(SCHEDULED);

/** Node.js knows it from 23.9 on. Elsewhere than on Linux, an older one knows that of the whole process only. */
export function threadMs(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: typeof process.cpuUsage };
  if (!threadCpuUsage && isCounted) return Number(readFileSync(SCHEDULED, 'utf8').split(' ', 1)[0]) / 1e6;
  const { user, system } = threadCpuUsage?.() ?? process.cpuUsage();
  return (user + system) / 1000;
}
