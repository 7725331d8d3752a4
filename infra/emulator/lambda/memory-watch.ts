/** Ends a process that holds more memory than it may: Lambda's limit is one for the whole process, not for its heap. */
import { readFileSync } from 'node:fs';

const EVERY_MS = 50;

/** In real time, whatever the clock says: that is how fast a process grows. Where the system tells nothing, never. */
export function watchMemory(pid: number | undefined, limitBytes: number, onOver: () => void): () => void {
  const timer = setInterval(() => {
    if (pid !== undefined && peakBytes(pid) > limitBytes) onOver();
  }, EVERY_MS);
  return () => clearInterval(timer);
}

/** The most that a process has held so far; 0 where the system does not tell, or the process has ended. */
function peakBytes(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}
