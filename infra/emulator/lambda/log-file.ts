/** A function's log group, as one file of limited size. */
import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface LogFile {
  line(text: string): void;
  flush(): void;
}

/** Maximum size, roughly, of the file and of the older generation `<file>.1` beside it. */
const MAX_LOG_BYTES = 8 * 1024 * 1024;

export function openLogFile(file: string, maxBytes = MAX_LOG_BYTES): LogFile {
  mkdirSync(dirname(file), { recursive: true });
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let pending = '';
  let scheduled: NodeJS.Immediate | undefined;

  function flush(): void {
    clearImmediate(scheduled);
    scheduled = undefined;
    if (pending === '') return;
    if (size > 0 && size + pending.length > maxBytes) {
      renameSync(file, `${file}.1`);
      size = 0;
    }
    appendFileSync(file, pending);
    size += Buffer.byteLength(pending);
    pending = '';
  }

  return {
    flush,
    line(text) {
      pending += `${text}\n`;
      // A function that logs in a loop costs one write per tick, not one per line.
      scheduled ??= setImmediate(flush);
    },
  };
}
