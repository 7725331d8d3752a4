/** Detects the protocol of a connection, and ends connections that are idle or stalled. */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock, Timer } from '../base/clock.ts';

/** Time without a complete request header: before the first request, or between two. */
const IDLE_MS = 30_000;
/** Time in which a body must be complete, and in which the client must read some of the answer. */
const STALLED_MS = 120_000;

/** Every HTTP/2 connection begins with `PRI * HTTP/2.0`; no method of HTTP/1 begins like this. */
const PREFACE = Buffer.from('PRI');

/**
 * Detects the protocol by the first bytes, however they are split. They are put back while the socket is paused, because
 * an HTTP/2 session takes over the handle below the stream.
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

/** An open connection. The time until an answer is not limited, because of long polls and event streams. */
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

  /** Must be called when all headers of a request have arrived. */
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
