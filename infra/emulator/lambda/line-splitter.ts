/** Lines from a stream of text that arrives in pieces. */

/** An event of CloudWatch Logs has at most 1 MB; without a limit, a line that never ends would be held here. */
const MAX_LINE_LENGTH = 1024 * 1024;

export class LineSplitter {
  readonly #onLine: (line: string) => void;
  /** What has come of a line that goes on. */
  #parts: string[] = [];
  #length = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(text: string): void {
    const [first = '', ...lines] = text.split('\n');
    this.#hold(first);
    for (const line of lines) {
      this.#emit();
      this.#hold(line);
    }
  }

  /** The last line may lack its end. */
  end(): void {
    if (this.#length > 0) this.#emit();
  }

  /** What is longer than a line may be goes on in the next. */
  #hold(text: string): void {
    let from = 0;
    while (this.#length + text.length - from > MAX_LINE_LENGTH) {
      const to = from + MAX_LINE_LENGTH - this.#length;
      this.#parts.push(text.slice(from, to));
      this.#emit();
      from = to;
    }
    this.#parts.push(text.slice(from));
    this.#length += text.length - from;
  }

  #emit(): void {
    this.#onLine(this.#parts.join(''));
    this.#parts = [];
    this.#length = 0;
  }
}
