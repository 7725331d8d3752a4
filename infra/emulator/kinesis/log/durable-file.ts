/** A file whose writes are on the disk when they return. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { OWNER_ONLY } from '../../state/modes.ts';

/** Linux does both in one call. On macOS the flag stops at the disk's own cache, and Windows has none. */
const SYNC_ON_WRITE = process.platform === 'linux' ? constants.O_DSYNC : 0;

export class DurableFile {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<DurableFile> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | SYNC_ON_WRITE;
    return new DurableFile(await open(path, flags, OWNER_ONLY.file));
  }

  /** One that is there. */
  static async open(path: string): Promise<DurableFile> {
    return new DurableFile(await open(path, constants.O_RDWR | SYNC_ON_WRITE));
  }

  async write(pieces: readonly Uint8Array[], position: number): Promise<void> {
    const { bytesWritten } = await this.#file.writev(pieces, position);
    if (bytesWritten < sizeOf(pieces)) await this.#writeRest(pieces, position, bytesWritten);
    if (SYNC_ON_WRITE === 0) await this.#file.datasync();
  }

  truncate(size: number): Promise<void> {
    return this.#file.truncate(size);
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** The system took a part: what is left goes in one piece. */
  async #writeRest(pieces: readonly Uint8Array[], position: number, written: number): Promise<void> {
    const rest = Buffer.concat(pieces).subarray(written);
    for (let done = 0; done < rest.length; ) {
      const more = await this.#file.write(rest, done, rest.length - done, position + written + done);
      done += more.bytesWritten;
    }
  }
}

export const sizeOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0);
