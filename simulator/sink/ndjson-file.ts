/** A file of NDJSON that is written beside a run. */
import type { WriteStream } from 'node:fs';
import { createFile } from './create-file.ts';

export class NdjsonFile {
  readonly #stream: WriteStream;
  #problem: string | undefined;
  /** Lines of this moment: those of a whole call become one write. */
  #waiting = '';

  private constructor(path: string, stream: WriteStream, onProblem: (problem: string) => void) {
    this.#stream = stream;
    stream.on('error', (error) => {
      this.#problem = `Cannot write ${path}: ${error.message}`;
      onProblem(this.#problem);
    });
  }

  /**
   * Creates the file, or empties it.
   * @param onProblem called once if a later write fails; the file then stays as it is
   * @throws UserError
   */
  static async open(path: string, onProblem: (problem: string) => void): Promise<NdjsonFile> {
    return new NdjsonFile(path, await createFile(path), onProblem);
  }

  write(value: unknown): void {
    this.writeLine(JSON.stringify(value));
  }

  /** @param line of JSON, without its end */
  writeLine(line: string): void {
    if (this.#problem !== undefined) return;
    if (this.#waiting === '') setImmediate(() => this.#flush());
    this.#waiting += `${line}\n`;
  }

  #flush(): void {
    if (this.#waiting !== '') this.#stream.write(this.#waiting);
    this.#waiting = '';
  }

  /** Waits until everything is on disk. Resolves with the problem if that failed. */
  async close(): Promise<string | undefined> {
    this.#flush();
    if (!this.#stream.closed) await new Promise<void>((done) => this.#stream.once('close', done).end());
    return this.#problem;
  }
}
