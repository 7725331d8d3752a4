/** A response that is not sent: lets a call take effect and keeps the answer that its caller would have received. */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';

export class UnsentResponse extends ServerResponse {
  readonly #chunks: Buffer[] = [];

  constructor() {
    super({ method: 'POST', httpVersionMajor: 1, httpVersionMinor: 1 } as IncomingMessage);
    // Without a socket to write to, a response never finishes.
    this.assignSocket(new Writable({ write: (_chunk, _encoding, done) => done() }) as unknown as Socket);
  }

  get body(): string {
    return Buffer.concat(this.#chunks).toString();
  }

  // Typed as loosely as Node's own overloads.
  override end(chunk?: unknown, ...rest: unknown[]): this {
    this.#keep(chunk);
    return super.end(...([chunk, ...rest] as Parameters<ServerResponse['end']>));
  }

  override write(chunk: unknown, ...rest: unknown[]): boolean {
    this.#keep(chunk);
    return super.write(...([chunk, ...rest] as Parameters<ServerResponse['write']>));
  }

  #keep(chunk: unknown): void {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) this.#chunks.push(Buffer.from(chunk));
  }
}
