/** Requests whose answers are still due, by connection: a client may send the next one before it has an answer. */
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

export class AnswersDue {
  readonly #due = new WeakMap<Duplex, Set<ServerResponse>>();

  add(response: ServerResponse): void {
    const { socket } = response.req;
    const due = this.#due.get(socket) ?? new Set();
    this.#due.set(socket, due.add(response));
    response.once('close', () => due.delete(response));
  }

  /**
   * Calls back once all whole requests on the connection are answered. One that is not whole is the one that cannot be
   * read: nobody else answers it.
   */
  whenAnswered(socket: Duplex, done: () => void): void {
    const last = [...(this.#due.get(socket) ?? [])].filter(({ req }) => req.complete).at(-1);
    if (last && !last.writableFinished) last.once('finish', done);
    else done();
  }
}
