/** Seeded randomness: one fast generator per device, and stateless draws for values that are needed out of order. */

/** 2⁻³²: turns 32 random bits into a number in [0, 1). */
const UNIT = 1 / 0x1_0000_0000;

/** 32 well mixed bits of two integers. The same pair always gives the same bits. */
export function hash32(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
  h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
  return (h ^ (h >>> 15)) >>> 0;
}

/** A number in [0, 1) that depends only on the two integers. */
export const hashUnit = (a: number, b: number): number => hash32(a, b) * UNIT;

/** Number of entries of {@link GAUSSIAN}: 10 bits choose one. */
export const GAUSSIAN_SIZE = 1024;
/** Quantiles of the normal distribution: an entry chosen uniformly is a standard normal number, within ±3.3. */
export const GAUSSIAN = normalQuantiles(GAUSSIAN_SIZE);

function normalQuantiles(size: number): Float64Array {
  const step = 1 / 2048;
  const quantiles = new Float64Array(size);
  let cumulative = 0;
  let next = 0;
  for (let x = -6; next < size && x < 6; x += step) {
    cumulative += (Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)) * step;
    while (next < size && cumulative >= (next + 0.5) / size) quantiles[next++] = x + step / 2;
  }
  return quantiles;
}

/** sfc32: 128 bits of state, passes the usual statistical batteries, about 2 ns a draw. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** Streams of different `(seed, stream)` are independent of each other. */
  constructor(seed: number, stream: number) {
    this.a = hash32(seed, stream) | 0;
    this.b = hash32(stream, seed ^ 0x5bd1e995) | 0;
    this.c = hash32(this.a, this.b) | 0;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits, as a signed integer. */
  bits(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + sum) | 0;
    return sum;
  }

  /** A number in [0, 1). */
  unit(): number {
    return (this.bits() >>> 0) * UNIT;
  }

  /** A number in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor((high - low + 1) * this.unit());
  }

  /** A standard normal number. */
  gaussian(): number {
    return GAUSSIAN[this.bits() & (GAUSSIAN_SIZE - 1)] as number;
  }

  /** One of a non-empty list. */
  pick<T>(list: readonly T[]): T {
    return list[this.integer(0, list.length - 1)] as T;
  }
}
