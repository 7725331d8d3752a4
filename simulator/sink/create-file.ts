/** Creates a file to write, or empties it. */
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { UserError } from '../../infra/cli/user-error.ts';

/** Error codes for a wrong path; others are a problem of the machine. */
const WRONG_PATH = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'ELOOP']);

/** @throws UserError, a misuse where the path itself is wrong */
export async function createFile(path: string): Promise<WriteStream> {
  const stream = createWriteStream(path);
  try {
    await once(stream, 'open');
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const said = `Cannot write ${path}: ${message}`;
    throw WRONG_PATH.has(code) ? UserError.misuse(said, { cause }) : new UserError(said, { cause });
  }
  return stream;
}
