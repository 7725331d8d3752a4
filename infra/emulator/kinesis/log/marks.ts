/** A sparse index of a segment, by index and by time: where to begin to read for either. */

export interface Mark {
  /** Of the record that begins at `offset`. */
  index: number;
  offset: number;
  /** The youngest arrival of all records before it. It never falls, also where the clock was set back. */
  youngestMs: number;
}

/** Bytes between two marks. */
const SPACING = 64 * 1024;

export class Marks {
  readonly #marks: Mark[] = [];

  /** Called for every record, in order. */
  pass(mark: Mark): void {
    const last = this.#marks.at(-1);
    if (!last || mark.offset - last.offset >= SPACING) this.#marks.push(mark);
  }

  /** Where to begin for the record with this index. */
  byIndex(index: number): Mark | undefined {
    return this.#last((mark) => mark.index <= index);
  }

  /** Where to begin for the first record that arrived then or later. */
  byTime(ms: number): Mark | undefined {
    return this.#last((mark) => mark.youngestMs < ms);
  }

  /** The last mark for which `isBefore` holds, which must hold for none after one for which it does not. */
  #last(isBefore: (mark: Mark) => boolean): Mark | undefined {
    let [low, high] = [0, this.#marks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const mark = this.#marks[middle];
      if (mark && isBefore(mark)) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low - 1] ?? this.#marks[0];
  }
}
