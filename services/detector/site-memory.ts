/**
 * What an environment remembers of a site's devices. Lossy: other environments see other batches, and each starts with
 * nothing. So it only gives suspicions, which the items of the state table confirm. Done for every reading.
 */
import { type MetricValues, type Reading, valueOfMetric } from '../contract/reading.ts';
import { instantMs } from '../contract/time.ts';
import type { Suspicion } from './compiled-rule.ts';
import { DeviceSlots } from './device-slots.ts';
import { KnownRoster } from './known-roster.ts';
import { LONGEST_GAP, MetricMemory, type Wanted } from './metric-memory.ts';
import type { AtRest, Roster } from './presence.ts';
import { Slices } from './slices.ts';

/** What some rule wants to be remembered. */
export interface Plan {
  metrics: readonly Wanted[];
  /** Is there a rule about silence? */
  silence: boolean;
}

/** A sensor that is suspected because of a reading. */
export interface Suspected {
  reading: Reading;
  metric: Wanted['metric'];
  stuck: Suspicion | undefined;
  noisy: Suspicion | undefined;
}

/** A device that was missed. */
export interface Missed {
  deviceId: string;
  /** Event time of its last reading, ms; undefined where this environment has seen none. */
  lastMs: number | undefined;
  /** Its `seq`. */
  lastSeq: number | undefined;
  /** How far behind its site the device's clock usually is, ms. */
  lagMs: number;
  /** How far the site had come when it was missed first, ms. */
  fromMs: number;
}

interface Before {
  value: number;
  ms: number;
  /** What is usual between the device's readings. */
  usualMs: number;
}

/** How fast what is usual follows. */
const FOLLOW = 0.1;
const FIRST_SIZE = 16;
/** Event time between two readings in which nobody else can have found the device silent. */
const LONGEST_PAUSE_MS = 60_000;

const LAST_MS = 0;
const LAST_SEQ = 1;
/** Usual time between two of its readings, ms. */
const USUAL_MS = 2;
const BATCH = 3;
/** The slice in which it was heard last. */
const HEARD = 4;
const LAG_MS = 5;
/** Time of the last reading before this batch. */
const BEFORE_MS = 6;
const FIELDS = 7;

export class SiteMemory {
  readonly #slots = new DeviceSlots((slot, deviceId) => this.#meet(slot, deviceId));
  readonly #metrics: readonly MetricMemory[];
  #n = new Float64Array();
  #size = 0;
  /** Newest event time, ms. */
  #frontMs = Number.NEGATIVE_INFINITY;
  /** The same before this batch. */
  #beforeMs = Number.NEGATIVE_INFINITY;
  #batch = 0;
  #goesOn = false;
  readonly #slices = new Slices();
  #searchedSlice = 0;
  /** What the last search found, and the batch that it was for. */
  #found: Missed[] = [];
  #searchedBatch = 0;
  readonly #roster = new KnownRoster();
  /** What was stored of the site when there was nothing to do for it. */
  atRest: AtRest | undefined;

  constructor({ metrics }: Plan) {
    this.#metrics = metrics.map((wanted) => new MetricMemory(wanted));
  }

  /** Number of devices. */
  get size(): number {
    return this.#slots.ids.length;
  }

  /** Newest event time that this environment has seen, ms. */
  get frontMs(): number {
    return this.#frontMs;
  }

  /** The same before this batch. */
  get beforeMs(): number {
    return this.#beforeMs;
  }

  /** Does each reading of this batch follow, by its `seq` and its time, one that this environment has seen? */
  get goesOn(): boolean {
    return this.#goesOn;
  }

  /** A batch with readings of the site begins. */
  beginBatch(): void {
    this.#batch += 1;
    this.#goesOn = true;
    this.#beforeMs = this.#frontMs;
  }

  /**
   * One reading further.
   * @param metrics its own
   * @param suspected takes what is suspected because of it
   */
  see(reading: Reading, metrics: MetricValues, suspected: Suspected[]): void {
    const slot = this.#slots.of(reading.device_id);
    const n = this.#n;
    const base = slot * FIELDS;
    if (n[base + BATCH] !== this.#batch) this.#beginDevice(slot, base);
    const ms = instantMs(reading.timestamp);
    if (ms > this.#frontMs) {
      this.#slices.advance(ms);
      this.#frontMs = ms;
    }
    const lastMs = n[base + LAST_MS] as number;
    const gapMs = ms - lastMs;
    // Of the first reading there is no time before.
    const isNext =
      gapMs > 0 && gapMs <= LONGEST_PAUSE_MS && reading.seq === (n[base + LAST_SEQ] as number) + 1;
    if (!isNext) this.#goesOn = false;
    if (gapMs <= 0) {
      // Late or repeated, or a clock that was set back.
      if (reading.seq <= (n[base + LAST_SEQ] as number)) return;
      n[base + LAG_MS] = this.#frontMs - ms;
      for (const metric of this.#metrics) metric.restart(slot, ms);
    }
    n[base + LAST_MS] = ms;
    n[base + LAST_SEQ] = reading.seq;
    n[base + HEARD] = this.#slices.current;
    const usualMs = n[base + USUAL_MS] as number;
    this.#learnTimes(base, gapMs, this.#frontMs - ms);
    const follows = gapMs > 0 && (usualMs === 0 || gapMs <= LONGEST_GAP * usualMs);
    for (const metric of this.#metrics) {
      const value = metrics[metric.at] as number;
      if (Number.isNaN(value) || !metric.see(slot, value, ms, follows)) continue;
      suspected.push(this.#suspicion(reading, metric, slot));
    }
  }

  /** Before the first reading of a device in this batch. */
  #beginDevice(slot: number, base: number): void {
    const n = this.#n;
    n[base + BATCH] = this.#batch;
    n[base + BEFORE_MS] = n[base + LAST_MS] as number;
    for (const metric of this.#metrics) metric.begin(slot);
  }

  /** @param gapMs since the reading before; NaN where there was none */
  #learnTimes(base: number, gapMs: number, lagMs: number): void {
    const n = this.#n;
    if (Number.isNaN(gapMs)) n[base + LAG_MS] = lagMs;
    if (!(gapMs > 0)) return;
    const usualMs = n[base + USUAL_MS] as number;
    n[base + USUAL_MS] = usualMs === 0 ? gapMs : usualMs + FOLLOW * (Math.min(gapMs, 10 * usualMs) - usualMs);
    n[base + LAG_MS] = (n[base + LAG_MS] as number) * (1 - FOLLOW) + FOLLOW * lagMs;
  }

  #suspicion(reading: Reading, memory: MetricMemory, slot: number): Suspected {
    const usualMs = this.#n[slot * FIELDS + USUAL_MS] as number;
    const { metric } = memory;
    const level = valueOfMetric(reading, metric) ?? 0;
    return {
      reading,
      metric,
      stuck: memory.stuck(slot, level, usualMs),
      noisy: memory.noisy(slot, usualMs),
    };
  }

  /** Makes room for a device of which nothing is known yet. */
  #meet(slot: number, deviceId: string): void {
    if (slot === this.#size) {
      this.#size = Math.max(FIRST_SIZE, 2 * this.#size);
      const larger = new Float64Array(this.#size * FIELDS);
      larger.set(this.#n);
      this.#n = larger;
      for (const metric of this.#metrics) metric.grow(this.#size);
    }
    const base = slot * FIELDS;
    this.#n[base + LAST_MS] = Number.NaN;
    this.#n[base + LAST_SEQ] = -1;
    this.#n[base + HEARD] = this.#slices.current;
    this.#roster.see(deviceId);
  }

  /** A device's last value before this batch, with its time; undefined where this environment has seen none. */
  before(deviceId: string, metric: Wanted['metric']): Before | undefined {
    const slot = this.#slots.find(deviceId);
    const value = this.#metrics.find((one) => one.metric === metric)?.before(slot ?? -1);
    if (slot === undefined || value === undefined) return undefined;
    const base = slot * FIELDS;
    return { value, ms: this.#n[base + BEFORE_MS] as number, usualMs: this.#n[base + USUAL_MS] as number };
  }

  /** Devices of the roster. */
  get listed(): ReadonlySet<string> {
    return this.#roster.listed;
  }

  /** The roster as it is now: the devices of it that were not known are followed from here on. */
  list(roster: Roster | undefined): void {
    if (!this.#roster.update(roster, this.#slots.ids)) return;
    this.#slots.know(this.listed);
  }

  /** Devices that have sent something in this batch, and are not in the roster. */
  newcomers(): string[] {
    return [...this.#roster.unlisted].filter((deviceId) => {
      const base = (this.#slots.find(deviceId) as number) * FIELDS;
      return this.#n[base + BATCH] === this.#batch;
    });
  }

  /**
   * Devices of the roster that were missed several times in a row, once for each slice; in the same batch again.
   * @param patienceMs only those that have been missed for so long
   */
  missed(patienceMs: number): Missed[] {
    const { current } = this.#slices;
    if (current === this.#searchedSlice) return this.#searchedBatch === this.#batch ? this.#found : [];
    this.#searchedSlice = current;
    this.#searchedBatch = this.#batch;
    this.#found = [];
    for (const [slot, deviceId] of this.#slots.ids.entries()) {
      const missed = this.#missed(slot, deviceId, patienceMs);
      if (missed) this.#found.push(missed);
    }
    return this.#found;
  }

  #missed(slot: number, deviceId: string, patienceMs: number): Missed | undefined {
    const [n, base] = [this.#n, slot * FIELDS];
    const fromMs = this.#slices.missedFromMs(n[base + HEARD] as number);
    if (fromMs === undefined || !this.listed.has(deviceId) || this.#frontMs - fromMs < patienceMs)
      return undefined;
    const lastMs = n[base + LAST_MS] as number;
    const isKnown = !Number.isNaN(lastMs);
    return {
      ...{ deviceId, fromMs, lagMs: Math.max(0, n[base + LAG_MS] as number) },
      lastMs: isKnown ? lastMs : undefined,
      lastSeq: isKnown ? (n[base + LAST_SEQ] as number) : undefined,
    };
  }
}
