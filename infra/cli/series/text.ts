/** A text file, read in chunks. It may be a pipe, and is not in memory as a whole unless a caller asks for that. */
import { createReadStream } from 'node:fs';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { cannotRead } from '../files.ts';
import { UserError } from '../user-error.ts';

export interface TextFile {
  /** As it was typed. */
  file: string;
  /** Its beginning: the whole text, or at least {@link HEAD_LENGTH} characters. */
  head: string;
  /** The whole text from the beginning; can be read only once. */
  chunks(): AsyncIterable<string>;
}

const HEAD_LENGTH = 64 * 1024;

/** @throws UserError, a misuse, here or while its chunks are read */
export async function openText(file: string): Promise<TextFile> {
  const rest = decode(file);
  let head = '';
  while (head.length < HEAD_LENGTH) {
    const { value, done } = await rest.next();
    if (done) break;
    head += value;
  }
  if (head.includes('\0')) throw UserError.misuse(`${file}: Expected a text file, got binary data`);
  return {
    file,
    head,
    async *chunks() {
      yield head;
      yield* rest;
    },
  };
}

export async function wholeText({ chunks }: TextFile): Promise<string> {
  const parts: string[] = [];
  for await (const chunk of chunks()) parts.push(chunk);
  return parts.join('');
}

/** Its lines, without their breaks; a last empty one is none. */
export async function* linesOf({ chunks }: TextFile): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of chunks()) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

/** UTF-8, or UTF-16 as spreadsheets write it, by its byte order mark, which is not part of the text; also in gzip. */
async function* decode(file: string): AsyncGenerator<string, void> {
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  try {
    for await (const bytes of unzipped(createReadStream(file))) {
      decoder ??= new TextDecoder(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-8');
      yield decoder.decode(bytes, { stream: true });
    }
  } catch (cause) {
    throw cannotRead(file, cause as NodeJS.ErrnoException);
  }
  if (decoder) yield decoder.decode();
}

const GZIP = Buffer.from([0x1f, 0x8b]);

/** By its first bytes, whatever the file is called. */
async function* unzipped(file: Readable): AsyncGenerator<Buffer, void> {
  const chunks = file[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const { value: first, done } = await chunks.next();
  if (done) return;
  async function* whole() {
    yield first;
    yield* { [Symbol.asyncIterator]: () => chunks };
  }
  if (!first.subarray(0, GZIP.length).equals(GZIP)) {
    yield* whole();
    return;
  }
  // What goes wrong is thrown where the text is read.
  yield* pipeline(Readable.from(whole()), createGunzip(), () => {}) as AsyncIterable<Buffer>;
}
