/**
 * Event time of a site, cut into slices, for silence: a device is missed once for each slice of this environment in
 * which it sent nothing.
 */

/** Event time in a slice, ms. */
const SLICE_MS = 20_000;
/** Slices that are remembered, a power of two. */
const SLICES = 256;
/** Missed in fewer slices than this, a device is not suspected. */
const MISSES = 3;

export class Slices {
  /** The slice at hand; 0 before the first. */
  current = 0;
  readonly #startMs = new Float64Array(SLICES);

  /** The site has come as far as this, ms. */
  advance(ms: number): void {
    if (this.current > 0 && ms - this.#startOf(this.current) < SLICE_MS) return;
    this.current += 1;
    this.#startMs[this.current % SLICES] = ms;
  }

  /** Where a device that was heard last in this slice was missed first, ms; undefined where that is too few slices ago. */
  missedFromMs(heard: number): number | undefined {
    if (this.current - heard < MISSES) return undefined;
    return this.#startOf(Math.max(heard + 1, this.current - SLICES + 1));
  }

  #startOf(slice: number): number {
    return this.#startMs[slice % SLICES] as number;
  }
}
