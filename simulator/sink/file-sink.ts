/** Readings as NDJSON into a file or onto stdout. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { UserError } from '../../infra/cli/user-error.ts';
import type { PackedRecord } from '../wire.ts';
import { countAcked, countFailed, countSent, noCounts, type Sink } from './sink.ts';

export class FileSink implements Sink {
  readonly counts = noCounts();
  fatal: UserError | undefined;
  /** The reader has gone, as `head` does when it has enough: not a failure. */
  closedByReader = false;
  private readonly stream: Writable;
  private readonly name: string;
  private readonly isStdout: boolean;

  /** @param name names the file in errors */
  constructor(stream: Writable, name: string, isStdout: boolean) {
    this.stream = stream;
    this.name = name;
    this.isStdout = isStdout;
    stream.on('error', (error) => {
      this.fail(error);
      stream.emit('drain');
    });
  }

  get lastError(): string | undefined {
    return this.fatal?.message;
  }

  get full(): boolean {
    return this.stream.writableNeedDrain;
  }

  push(record: PackedRecord): void {
    const { counts } = this;
    const data = Buffer.from(`${record.text}\n`);
    countSent(counts, record);
    this.stream.write(data, (error) => {
      if (!error) return countAcked(counts, record, data.length);
      this.fail(error);
      countFailed(counts, record);
    });
  }

  async whenWritable(): Promise<void> {
    if (this.full && !this.fatal) await once(this.stream, 'drain');
  }

  flush(): void {}

  /** The first error counts: what is written after it says only that there was one. */
  private fail(cause: NodeJS.ErrnoException): void {
    if (this.fatal) return;
    this.closedByReader = cause.code === 'EPIPE';
    this.fatal = new UserError(`Cannot write to ${this.name}: ${cause.message}`, { cause });
  }

  async close(): Promise<void> {
    if (this.fatal) return;
    // Stdout cannot be closed: an empty write comes back when everything before it is written.
    await new Promise<void>((done) => {
      if (this.isStdout) this.stream.write('', () => done());
      else this.stream.end(() => done());
      this.stream.once('error', () => done());
    });
  }
}
