/** Which protocol a connection speaks, and its end when nothing comes of it. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock.ts';

/** No request is going on: before the first, between two, or with headers that never become complete. */
const IDLE_MS = 30_000;
/** A request whose body does not become complete, or whose answer the client does not read. */
const STALLED_MS = 120_000;

/** Begins every HTTP/2 connection, as `PRI * HTTP/2.0`. No method of HTTP/1 does. */
const PREFACE = Buffer.from('PRI');

/**
 * Tells the protocol by the first bytes, however they are split. They are put back without ever letting the socket
 * flow, because an HTTP/2 session takes over the handle beneath the stream.
 */
export function opensHttp2(socket: Socket, decided: (isHttp2: boolean) => void): void {
  let first = Buffer.alloc(0);
  socket.on('readable', function look() {
    const chunk: Buffer | null = socket.read();
    if (!chunk) return;
    first = Buffer.concat([first, chunk]);
    const begin = first.subarray(0, PREFACE.length);
    const isHttp2 = begin.equals(PREFACE);
    if (!isHttp2 && begin.equals(PREFACE.subarray(0, begin.length))) return;
    socket.off('readable', look);
    socket.unshift(first);
    decided(isHttp2);
  });
}

/** A connection while it is open. An answer may take its time: long polls and event streams are not limited. */
export class Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  #requests = 0;
  #idle: Timer;

  constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#idle = this.#endWhenIdle();
    socket.once('close', () => this.#idle.cancel());
  }

  /** A request has come with all of its headers, and perhaps with its body. */
  serve(response: ServerResponse, isComplete: () => boolean): void {
    this.#requests += 1;
    this.#idle.cancel();
    const stall = this.#endWhenStalled(response, isComplete);
    response.once('close', () => {
      stall.cancel();
      this.#requests -= 1;
      if (this.#requests === 0 && !this.#socket.destroyed) this.#idle = this.#endWhenIdle();
    });
  }

  #endWhenIdle(): Timer {
    return this.#clock.after(IDLE_MS, () => this.#socket.destroy());
  }

  #endWhenStalled(response: ServerResponse, isComplete: () => boolean): Pick<Timer, 'cancel'> {
    let unsent = 0;
    const look = () => {
      const before = unsent;
      unsent = response.writableLength;
      if (!isComplete() || (unsent > 0 && unsent === before)) response.destroy();
      else timer = this.#clock.after(STALLED_MS, look);
    };
    let timer = this.#clock.after(STALLED_MS, look);
    return { cancel: () => timer.cancel() };
  }
}
