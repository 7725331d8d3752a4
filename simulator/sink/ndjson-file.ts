/** A file of NDJSON that is written beside a run. */
import type { WriteStream } from 'node:fs';
import { UsageError } from '../cli/usage-error.ts';
import { createFile } from './create-file.ts';

export class NdjsonFile {
  private readonly stream: WriteStream;
  private readonly path: string;
  private error: Error | undefined;

  private constructor(path: string, stream: WriteStream) {
    this.path = path;
    this.stream = stream;
    stream.on('error', (error) => {
      this.error = error;
    });
  }

  /** Creates the file, or empties it. @throws UsageError */
  static async open(path: string): Promise<NdjsonFile> {
    return new NdjsonFile(path, await createFile(path));
  }

  write(line: unknown): void {
    this.stream.write(`${JSON.stringify(line)}\n`);
  }

  /** Waits until everything is on the disk. @throws UsageError if something could not be written */
  async close(): Promise<void> {
    if (!this.error) await new Promise<void>((resolve) => this.stream.once('close', resolve).end());
    if (this.error)
      throw new UsageError(`Cannot write ${this.path}: ${this.error.message}`, { cause: this.error });
  }
}
