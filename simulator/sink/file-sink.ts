/** Writes readings as NDJSON to a file or to stdout. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { UserError } from '../../infra/cli/user-error.ts';
import type { PackedRecord } from '../wire.ts';
import { countAcked, countFailed, countSent, noCounts, type Sink } from './sink.ts';

export class FileSink implements Sink {
  readonly counts = noCounts();
  fatal: UserError | undefined;
  /** The reader has closed the output, as `head` does, which is not a failure. */
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

  /** Keeps the first error: later writes fail only because of it. */
  private fail(cause: NodeJS.ErrnoException): void {
    if (this.fatal) return;
    this.closedByReader = cause.code === 'EPIPE';
    this.fatal = new UserError(`Cannot write to ${this.name}: ${cause.message}`, { cause });
  }

  async close(): Promise<void> {
    if (this.fatal) return;
    // Stdout cannot be closed, but an empty write completes when everything before it is written.
    await new Promise<void>((done) => {
      if (this.isStdout) this.stream.write('', () => done());
      else this.stream.end(() => done());
      this.stream.once('error', () => done());
    });
  }
}
