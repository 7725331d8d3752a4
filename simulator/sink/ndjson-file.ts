/** A file of NDJSON that is written beside a run. */
import type { WriteStream } from 'node:fs';
import { UserError } from '../../infra/cli/user-error.ts';
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

  /** Creates the file, or empties it. @throws UserError, a misuse */
  static async open(path: string): Promise<NdjsonFile> {
    return new NdjsonFile(path, await createFile(path));
  }

  write(line: unknown): void {
    this.stream.write(`${JSON.stringify(line)}\n`);
  }

  /** Waits until everything is on the disk. @throws UserError if something could not be written */
  async close(): Promise<void> {
    if (!this.error) await new Promise<void>((resolve) => this.stream.once('close', resolve).end());
    if (this.error)
      throw new UserError(`Cannot write ${this.path}: ${this.error.message}`, { cause: this.error });
  }
}
