/** Percentiles of any number of durations in constant memory. Buckets grow by 2 %, so results are off by at most 1 %. */
const GROWTH = Math.log(1.02);
/** Durations under a tenth of a millisecond share a bucket. */
const LOWEST_MS = 0.1;

export class Histogram {
  private readonly buckets: number[] = [];
  private total = 0;
  private largest = 0;

  record(ms: number): void {
    const index = ms <= LOWEST_MS ? 0 : Math.ceil(Math.log(ms / LOWEST_MS) / GROWTH);
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
    this.total++;
    if (ms > this.largest) this.largest = ms;
  }

  get count(): number {
    return this.total;
  }

  /** NaN if there are no durations. */
  get max(): number {
    return this.total === 0 ? Number.NaN : this.largest;
  }

  /** The duration that the share `quantile` (0 to 1) of all durations does not exceed; NaN if there are none. */
  quantile(quantile: number): number {
    if (this.total === 0) return Number.NaN;
    const rank = Math.max(1, Math.ceil(quantile * this.total));
    let seen = 0;
    for (let index = 0; index < this.buckets.length; index++) {
      seen += this.buckets[index] ?? 0;
      if (seen >= rank) return Math.min(this.largest, LOWEST_MS * Math.exp((index - 0.5) * GROWTH));
    }
    return this.largest;
  }
}
