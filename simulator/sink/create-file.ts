/** Creates a file to write, or empties it. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { UserError } from '../../infra/cli/user-error.ts';

/** @throws UserError, a misuse */
export async function createFile(path: string): Promise<WriteStream> {
  const stream = createWriteStream(path);
  try {
    await once(stream, 'open');
  } catch (cause) {
    throw UserError.misuse(`Cannot write ${path}: ${(cause as Error).message}`, { cause });
  }
  return stream;
}
