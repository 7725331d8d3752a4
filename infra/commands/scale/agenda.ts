/** What is to happen, the earliest first: a binary heap. */
export class Agenda<T> {
  readonly #heap: { at: number; what: T }[] = [];

  add(at: number, what: T): void {
    const heap = this.#heap;
    let place = heap.push({ at, what }) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#atOf(parent) <= this.#atOf(place)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  /** Undefined when nothing is left. */
  next(): { at: number; what: T } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let place = 0; ; ) {
      let least = place;
      for (const child of [2 * place + 1, 2 * place + 2]) {
        if (child < heap.length && this.#atOf(child) < this.#atOf(least)) least = child;
      }
      if (least === place) return first;
      this.#swap(place, least);
      place = least;
    }
  }

  #atOf(place: number): number {
    return this.#heap[place]?.at ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const heap = this.#heap;
    const [one, other] = [heap[a], heap[b]];
    if (one === undefined || other === undefined) return;
    heap[a] = other;
    heap[b] = one;
  }
}
