/** A function's log group, as one file of limited size. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { whyNotWritten } from '../state/disk-problem.ts';
import { OWNER_ONLY } from '../state/modes.ts';

export interface LogFile {
  line(text: string): void;
  /** Never throws: a log must not stop the function that writes to it. */
  flush(): void;
}

/** Maximum size, roughly, of the file and of the older generation `<file>.1` beside it. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;
const NO_WARNING = (): void => undefined;

/** @param warn called once when lines are lost, and once when the file can be written again */
export function openLogFile(
  file: string,
  maxBytes = MAX_LOG_BYTES,
  warn: (text: string) => void = NO_WARNING,
): LogFile {
  let size: number | undefined;
  let pending: string[] = [];
  let lost = 0;
  let scheduled: NodeJS.Immediate | undefined;

  function write(text: string): void {
    if (size === undefined) {
      mkdirSync(dirname(file), { recursive: true, mode: OWNER_ONLY.folder });
      size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    }
    if (size > 0 && size + text.length > maxBytes) {
      renameSync(file, `${file}.1`);
      size = 0;
    }
    appendFileSync(file, text, { mode: OWNER_ONLY.file });
    size += Buffer.byteLength(text);
  }

  function flush(): void {
    clearImmediate(scheduled);
    scheduled = undefined;
    if (pending.length === 0) return;
    const lines = pending;
    pending = [];
    try {
      write(`${lostLines(lost)}${lines.join('')}`);
      if (lost > 0) warn(`${file} is written again; ${lost} log lines are lost, and nothing else.`);
      lost = 0;
    } catch (error) {
      if (lost === 0) {
        warn(`${file} cannot be written: ${whyNotWritten(error)}. Log lines are lost, and nothing else.`);
      }
      lost += lines.length;
    }
  }

  return {
    flush,
    line(text) {
      pending.push(`${text}\n`);
      // A function that logs in a loop costs one write per tick, not one per line.
      scheduled ??= setImmediate(flush);
    },
  };
}

/** Also ends the line that a failed write may have begun. */
const lostLines = (count: number) => (count === 0 ? '' : `\n${count} log lines before this one are lost\n`);
