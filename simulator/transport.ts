/**
 * Transport faults between a device and the stream: late, duplicated, reordered, wrongly dated and malformed lines. A
 * layer of its own, so that a fault never looks like an anomaly of the device, and no truth is lost.
 */
import type { Random } from './random.ts';
import type { LineWriter, Packer } from './wire.ts';

export const FAULTS = ['late', 'duplicate', 'reorder', 'clockSkew', 'malformed'] as const;
export type Fault = (typeof FAULTS)[number];

/** Share of readings that each fault hits, 0 to 1; together at most 1. A reading has one fault at most. */
export type FaultRates = Record<Fault, number>;
export type FaultCounts = Record<Fault, number>;

export const noFaults = (): FaultCounts => ({
  late: 0,
  duplicate: 0,
  reorder: 0,
  clockSkew: 0,
  malformed: 0,
});

/** Number of polls of its site for which a late reading waits. */
const LATE_POLLS = { min: 5, max: 30 };
/** Error of a wrong clock, in either direction: more than the five minutes that a reading may be ahead. */
const CLOCK_ERROR_MS = { min: 6 * 60_000, max: 90 * 60_000 };

interface HeldLine {
  line: string;
  /** Number of the poll with which it is sent. */
  poll: number;
}

/** The way from one site's devices to its gateway's records. */
export class Transport {
  private readonly rates: FaultRates;
  private readonly random: Random;
  private readonly counts: FaultCounts;
  private held: HeldLine[] = [];

  /** Adds to `counts`, which the transports of a fleet may share. */
  constructor(rates: FaultRates, random: Random, counts: FaultCounts) {
    this.rates = rates;
    this.random = random;
    this.counts = counts;
  }

  /** The fault of the next reading, if any. */
  draw(): Fault | undefined {
    let chance = this.random.unit();
    for (const fault of FAULTS) {
      chance -= this.rates[fault];
      if (chance < 0) {
        this.counts[fault]++;
        return fault;
      }
    }
    return undefined;
  }

  /** Error of the clock that dates a reading with a `clockSkew`, in ms. */
  clockErrorMs(): number {
    const size = this.random.integer(CLOCK_ERROR_MS.min, CLOCK_ERROR_MS.max);
    return this.random.unit() < 0.5 ? size : -size;
  }

  /** Passes a line of this poll, with its fault, to the poll's records or a later one's. */
  carry(line: string, fault: Fault | undefined, poll: number, packer: Packer): void {
    switch (fault) {
      case 'late':
        this.hold(line, poll + this.random.integer(LATE_POLLS.min, LATE_POLLS.max));
        return;
      case 'reorder':
        // Sent with the next poll, after the device's next reading.
        this.hold(line, poll + 1);
        return;
      case 'duplicate':
        packer.add(line);
        this.hold(line, poll + this.random.integer(0, 1));
        return;
      case 'malformed':
        packer.add(this.damage(line));
        return;
      default:
        packer.add(line);
    }
  }

  /** Sends the lines that were held for this poll. Must be called after the poll's own lines. */
  release(poll: number, packer: Packer, writer: LineWriter): void {
    if (this.held.length === 0) return;
    const due = this.held.filter((entry) => entry.poll <= poll);
    if (due.length === 0) return;
    for (const { line } of due) packer.add(writer.restamp(line));
    this.held = this.held.filter((entry) => entry.poll > poll);
  }

  private hold(line: string, poll: number): void {
    this.held.push({ line, poll });
  }

  /** Breaks a line in one of the ways that occur in the field. The result is not empty and has no line break. */
  private damage(line: string): string {
    switch (this.random.integer(0, 5)) {
      case 0:
        return line.slice(0, this.random.integer(1, line.length - 1));
      case 1:
        return line.replace(/"temperature":[-0-9.]+/, '"temperature":"n/a"');
      case 2:
        return line.replace(/"cpu":[0-9.]+/, '"cpu":255');
      case 3:
        return line.replace(/"ram":[0-9.]+/, '"ram":1e999');
      case 4:
        return line.replace(/"timestamp":"[^"]*"/, '"timestamp":"yesterday"');
      default:
        return `\u0000\u0001${'#'.repeat(this.random.integer(1, 80))}`;
    }
  }
}
