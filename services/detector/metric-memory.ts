/**
 * What an environment remembers of one metric of a site's devices, to suspect that a sensor is stuck or noisy. Lossy:
 * nothing is decided by it. Done for every reading, so it is numbers in one array, FIELDS for each device.
 *
 * Stuck: a run of equal readings that is three times as long as the longest that is usual for this sensor. Noisy: four of
 * six steps are larger than eight times the usual step, and three times the smallest one: the sensor's resolution.
 */
import { METRIC_FIELDS, METRICS, type Metric } from '../contract/reading.ts';
import { formatTimestamp } from '../contract/time.ts';
import type { Suspicion } from './compiled-rule.ts';

/** Readings of a sensor before the run that may be called stuck. */
const STUCK_WARM_UP = 300;
/**
 * They do where it hardly ever repeats itself: in one of so many readings at most, and with steps finer than this, in
 * its unit. A coarser one stands still for hours where what it measures is slow or at rest, and flickers before it
 * moves: a short time says nothing of that. It is known after a day, and so many times its longest run.
 */
const RARELY_EQUAL = 4;
const COARSE = 0.45;
const DAY_MS = 86_400_000;
const RUNS_WARM_UP = 100;
/** A run is no shorter than this, and this many times as long as the longest usual one. */
const SHORTEST_RUN = 10;
const RUN_FACTOR = 3;
/** Share of such a run at which it is suspected: the rest is seen by all environments. */
export const SUSPECTED_SHARE = 0.6;
/** The longest usual run fades by this share with each reading of a run that ends. */
const RUN_FADES = 1e-5;
/** A run that was long enough to be told of may become usual, but slowly. */
const RUN_LEARNS = 1.5;

const NOISY_WARM_UP = 100;
/** Steps that are learnt as they are, while the usual one is not known yet. */
const STEP_WARM_UP = 60;
const STEP_FACTOR = 8;
const RESOLUTION_FACTOR = 3;
const STEP_RATE = 0.005;
/** A learnt step is no larger than this many usual ones. */
const STEP_CLIP = 4;
/** The last six outcomes, as bits. */
const OUTCOMES = 0b11_1111;
const LARGE_STEPS = 4;
/** Small steps that end it. */
const QUIET_STEPS = 20;
/** A step over a longer time than so many usual ones says nothing: readings are missing. */
export const LONGEST_GAP = 4;

/** What is wanted of a metric. */
export interface Wanted {
  metric: Metric;
  stuck: boolean;
  noisy: boolean;
}

const VALUE = 0;
/** The value before this batch. */
const BEFORE = 1;
const COUNT = 2;
const FIRST_MS = 3;
/** Equal readings in a row, and when they began. */
const RUN = 4;
const RUN_MS = 5;
const LONGEST_RUN = 6;
/** Readings that were equal to the one before, in the runs before. */
const EQUAL = 7;
/** The usual step, and the smallest. */
const STEP = 8;
const SMALLEST = 9;
const BITS = 10;
/** Large steps since there were none: their number, their sum, and when they began. */
const LARGE = 11;
const LARGE_SUM = 12;
const LARGE_MS = 13;
/** Number of steps that were learnt. */
const LEARNT = 14;
const FIELDS = 15;

export class MetricMemory {
  readonly metric: Metric;
  /** Among the metrics of a reading. */
  readonly at: number;
  readonly #stuck: boolean;
  readonly #noisy: boolean;
  #n = new Float64Array();

  constructor({ metric, stuck, noisy }: Wanted) {
    this.metric = metric;
    this.at = METRICS.indexOf(metric);
    this.#stuck = stuck;
    this.#noisy = noisy;
  }

  /** Makes room for so many devices. */
  grow(size: number): void {
    const larger = new Float64Array(size * FIELDS);
    larger.set(this.#n);
    this.#n = larger;
  }

  #of = (slot: number, field: number): number => this.#n[slot * FIELDS + field] as number;

  /** Before the first reading of a device in a batch. */
  begin(slot: number): void {
    this.#n[slot * FIELDS + BEFORE] = this.#of(slot, COUNT) === 0 ? Number.NaN : this.#of(slot, VALUE);
  }

  /** The value before this batch; undefined where it is not known. */
  before(slot: number): number | undefined {
    const value = this.#of(slot, BEFORE);
    return Number.isNaN(value) ? undefined : value;
  }

  /** A clock was set back: what was counted in time is void. */
  restart(slot: number, ms: number): void {
    const base = slot * FIELDS;
    this.#n[base + RUN] = 0;
    this.#n[base + RUN_MS] = ms;
    this.#n[base + BITS] = 0;
    this.#n[base + FIRST_MS] = ms;
  }

  /**
   * @param follows is it the reading after the last one, as far as their times tell?
   * @returns is the sensor suspected to be stuck or noisy?
   */
  see(slot: number, value: number, ms: number, follows: boolean): boolean {
    const n = this.#n;
    const base = slot * FIELDS;
    const count = (n[base + COUNT] as number) + 1;
    n[base + COUNT] = count;
    const last = n[base + VALUE] as number;
    n[base + VALUE] = value;
    if (count === 1) {
      n[base + FIRST_MS] = ms;
      n[base + RUN] = 1;
      n[base + RUN_MS] = ms;
      n[base + LONGEST_RUN] = 1;
      n[base + SMALLEST] = Number.POSITIVE_INFINITY;
      return false;
    }
    const step = Math.abs(value - last);
    const isLong = this.#run(base, step, ms);
    const stuck = isLong && this.#stuck && !this.#isAtEnd(value);
    // A value that is held says nothing about steps: they would seem large once it moves again. Not even where it has
    // been held for longer before: the sensor may have been stuck then, too.
    const isHeld = (n[base + RUN] as number) > Math.min(n[base + LONGEST_RUN] as number, SHORTEST_RUN);
    const noisy = this.#noisy && follows && !isHeld && this.#stepped(base, step, ms);
    return stuck || noisy;
  }

  /** A metric at the end of its range stands still by nature: a processor with nothing to do, a disk that is full. */
  #isAtEnd(value: number): boolean {
    const { min, max } = METRIC_FIELDS[this.metric].range;
    return value <= min || value >= max;
  }

  /** @returns has the value been the same for so long that it may be stuck? */
  #run(base: number, step: number, ms: number): boolean {
    const n = this.#n;
    const run = n[base + RUN] as number;
    const longest = n[base + LONGEST_RUN] as number;
    if (step === 0) {
      n[base + RUN] = run + 1;
      return run + 1 >= SUSPECTED_SHARE * needed(longest) && this.#knowsRuns(base, ms);
    }
    if (step < (n[base + SMALLEST] as number)) n[base + SMALLEST] = step;
    n[base + RUN_MS] = ms;
    if (run === 1) {
      // Nearly every reading.
      n[base + LONGEST_RUN] = 1 + (longest - 1) * (1 - RUN_FADES);
      return false;
    }
    const wasTold = run >= needed(longest) && this.#knowsRuns(base, ms);
    const usual = wasTold ? Math.min(run, RUN_LEARNS * longest) : run;
    n[base + LONGEST_RUN] = Math.max(usual, 1 + (longest - 1) * Math.max(0, 1 - RUN_FADES * run));
    (n[base + EQUAL] as number) += usual - 1;
    n[base + RUN] = 1;
    return false;
  }

  #knowsRuns(base: number, ms: number): boolean {
    const n = this.#n;
    const before = (n[base + COUNT] as number) - (n[base + RUN] as number);
    if (before < STUCK_WARM_UP) return false;
    if ((n[base + SMALLEST] as number) < COARSE && RARELY_EQUAL * (n[base + EQUAL] as number) <= before)
      return true;
    const watchedMs = ms - (n[base + FIRST_MS] as number);
    return watchedMs >= DAY_MS && before >= RUNS_WARM_UP * (n[base + LONGEST_RUN] as number);
  }

  #stepped(base: number, step: number, ms: number): boolean {
    const n = this.#n;
    // Not those of a value that was held: a sensor may have been stuck from the start.
    const steps = (n[base + LEARNT] as number) + 1;
    n[base + LEARNT] = steps;
    const usual = n[base + STEP] as number;
    const smallest = n[base + SMALLEST] as number;
    const isLarge = steps > STEP_WARM_UP && step > this.#largestUsualStep(base);
    const clip = smallest === Number.POSITIVE_INFINITY ? step : STEP_CLIP * usual + smallest;
    const learnt = steps <= STEP_WARM_UP ? step : Math.min(step, clip);
    n[base + STEP] = usual + Math.max(STEP_RATE, 1 / steps) * (learnt - usual);
    if (n[base + BITS] === 0) {
      if (!isLarge) return false;
      n[base + LARGE] = 0;
      n[base + LARGE_SUM] = 0;
      n[base + LARGE_MS] = ms;
    }
    if (isLarge) {
      (n[base + LARGE] as number) += 1;
      (n[base + LARGE_SUM] as number) += step;
    }
    const bits = (((n[base + BITS] as number) << 1) | (isLarge ? 1 : 0)) & OUTCOMES;
    n[base + BITS] = bits;
    return bitCount(bits) >= LARGE_STEPS && steps >= NOISY_WARM_UP;
  }

  #largestUsualStep(base: number): number {
    const smallest = this.#n[base + SMALLEST] as number;
    const resolution = smallest === Number.POSITIVE_INFINITY ? 0 : smallest;
    return Math.max(STEP_FACTOR * (this.#n[base + STEP] as number), RESOLUTION_FACTOR * resolution);
  }

  /** Why the sensor is suspected to be stuck, if it is. @param usualMs between two of its readings */
  stuck(slot: number, level: number, usualMs: number): Suspicion | undefined {
    const [run, longest] = [this.#of(slot, RUN), this.#of(slot, LONGEST_RUN)];
    if (!this.#stuck || run < SUSPECTED_SHARE * needed(longest)) return undefined;
    const since = formatTimestamp(this.#of(slot, RUN_MS));
    const waitMs = Math.round((needed(longest) - 1) * usualMs);
    return { value: level, basis: { since, waitMs, level, usual: Math.round(longest * usualMs) } };
  }

  /** Why it is suspected to be noisy, if it is. */
  noisy(slot: number, usualMs: number): Suspicion | undefined {
    if (!this.#noisy || bitCount(this.#of(slot, BITS)) < LARGE_STEPS) return undefined;
    const since = formatTimestamp(this.#of(slot, LARGE_MS));
    const level = this.#largestUsualStep(slot * FIELDS);
    const waitMs = Math.round(QUIET_STEPS * usualMs);
    const mean = this.#of(slot, LARGE_SUM) / this.#of(slot, LARGE);
    return { value: mean, basis: { since, waitMs, level, usual: this.#of(slot, STEP), mean } };
  }
}

/** Length of a run that is not usual. */
const needed = (longest: number) => Math.max(SHORTEST_RUN, RUN_FACTOR * longest);

/** Of six bits. */
function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
