/** Whole bodies of requests, in memory that is used again: megabytes that are new each time cost more than their copy. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { AwsError } from './aws-error.ts';

/** PutRecords takes 10 MiB of data, which base64 makes a third larger. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** Smaller buffers are cheap to have, and to lose. */
const LEAST_BYTES = 64 * 1024;
/** Of buffers that wait to be used again. */
const MOST_BYTES = 16 * 1024 * 1024;

export class BodyPool {
  /** Other buffers may be a part of something that others use. */
  readonly #own = new WeakSet<ArrayBufferLike>();
  readonly #waiting: ArrayBufferLike[] = [];
  #bytes = 0;

  take(length: number): Buffer {
    if (length < LEAST_BYTES) return Buffer.allocUnsafe(length);
    const at = this.#waiting.findIndex(({ byteLength }) => byteLength >= length);
    const [memory] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (memory) this.#bytes -= memory.byteLength;
    return Buffer.from(memory ?? this.#create(length), 0, length);
  }

  #create(length: number): ArrayBufferLike {
    const { buffer } = Buffer.allocUnsafeSlow(roundedUp(length));
    this.#own.add(buffer);
    return buffer;
  }

  /** Must be called only when nobody looks at the body any more. */
  giveBack({ buffer: memory }: Buffer): void {
    if (!this.#own.has(memory) || this.#bytes + memory.byteLength > MOST_BYTES) return;
    this.#waiting.push(memory);
    this.#bytes += memory.byteLength;
  }
}

/** So that a buffer also fits the next body, which is seldom of the same length. */
const roundedUp = (bytes: number) => 2 ** Math.ceil(Math.log2(bytes));

/** Rejects with an AwsError above {@link MAX_BODY_BYTES}, and when the client disconnects before the end. */
export async function readBody(incoming: IncomingMessage, pool: BodyPool): Promise<Buffer> {
  const announced = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (announced > MAX_BODY_BYTES) throw tooLarge();
  const body = new Body(announced, pool);
  const most = Number.isNaN(announced) ? MAX_BODY_BYTES : announced;
  return new Promise((resolve, reject) => {
    incoming.on('data', (chunk: Buffer) => {
      if (body.size + chunk.length > most) reject(tooLarge());
      else body.add(chunk);
    });
    incoming.once('end', () => resolve(body.whole()));
    incoming.once('error', reject);
    incoming.once('close', () => reject(new Error('The client disconnected before the end of its body')));
  });
}

/** SDKs compress large requests of metrics, in any protocol. @throws AwsError */
export function uncompressed(body: Buffer, headers: IncomingHttpHeaders): Buffer {
  if (headers['content-encoding'] !== 'gzip') return body;
  try {
    return gunzipSync(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch {
    throw new AwsError('SerializationException', 'Expected a body in gzip, as its header says');
  }
}

const tooLarge = () => new AwsError('RequestEntityTooLarge', `Expected at most ${MAX_BODY_BYTES} bytes`, 413);

/** Chunks of a body: at their place in its buffer where the length was announced, and one after the other otherwise. */
class Body {
  readonly #pool: BodyPool;
  readonly #announced: number;
  readonly #chunks: Buffer[] = [];
  #buffer: Buffer | undefined;
  size = 0;

  /** @param announced length; NaN where it was not */
  constructor(announced: number, pool: BodyPool) {
    this.#announced = announced;
    this.#pool = pool;
  }

  add(chunk: Buffer): void {
    if (this.size + chunk.length < this.#announced) this.#buffer ??= this.#pool.take(this.#announced);
    if (this.#buffer) chunk.copy(this.#buffer, this.size);
    else this.#chunks.push(chunk);
    this.size += chunk.length;
  }

  whole(): Buffer {
    if (this.#buffer) return this.#buffer.subarray(0, this.size);
    const [only, second] = this.#chunks;
    return only && !second ? only : Buffer.concat(this.#chunks);
  }
}
