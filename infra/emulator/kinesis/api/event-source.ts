/** The answer of an operation that pushes events, instead of a body. */

export class Events {
  readonly eventType: string;
  readonly #ended: AbortController;
  readonly #source: (signal: AbortSignal) => AsyncIterable<object>;

  /** @param source of the events; must end when the signal aborts */
  constructor(
    eventType: string,
    ended: AbortController,
    source: (signal: AbortSignal) => AsyncIterable<object>,
  ) {
    this.eventType = eventType;
    this.#ended = ended;
    this.#source = source;
  }

  all(): AsyncIterable<object> {
    return this.#source(this.#ended.signal);
  }

  /** Nobody listens any more. */
  end(): void {
    this.#ended.abort();
  }
}
