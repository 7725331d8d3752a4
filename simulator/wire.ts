/**
 * Writes readings as lines, and packs lines into records. A line takes a third of the time of JSON.stringify: a sensor
 * resolves 0.01, so every value that it can show is a string made in advance.
 */
import {
  DEFAULT_RECORD_BYTES,
  formatSentHour,
  formatTimestamp,
  MAX_READINGS_PER_RECORD,
  METRICS,
  type Metric,
} from '../services/contract/reading.ts';
import { SENSORS } from './sensors.ts';

/** Steps of a sensor's resolution in one unit. */
const RESOLUTION = 100;
/** The resolution of a sensor that is not coarse, in the metric's unit. */
export const FINEST = 1 / RESOLUTION;
const SENT_TAIL_LENGTH = '2026-01-31 09"}'.length;

/** The smallest difference that coarse sensors show, in the metric's unit. */
export type Resolution = Partial<Record<Metric, number>>;

interface Printed {
  metric: Metric;
  lowest: number;
  values: readonly string[];
}

/** Every value that the metric's sensor can show, as `,"cpu":45.1`, from the lowest up. */
function printedValues(metric: Metric, coarse: number | undefined): string[] {
  const { min, max } = SENSORS[metric].shows;
  const length = Math.round((max - min) * RESOLUTION) + 1;
  return Array.from({ length }, (_, i) => {
    const value = min + i / RESOLUTION;
    const shown = coarse === undefined ? value : Math.min(max, Math.round(value / coarse) * coarse);
    return `,"${metric}":${Math.round(shown * RESOLUTION) / RESOLUTION}`;
  });
}

const print = (resolution: Resolution): Printed[] =>
  METRICS.map((metric) => ({
    metric,
    lowest: SENSORS[metric].shows.min,
    values: printedValues(metric, resolution[metric]),
  }));

const FINE = print({});
const MILLISECONDS = Array.from({ length: 1000 }, (_, ms) => `${String(ms).padStart(3, '0')}Z`);

/** The parts of a line. */
export interface Measured {
  get(metric: Metric): number;
}

/** The part of a device's lines that never changes. */
export const lineHead = (deviceId: string, siteId: string): string =>
  `{"device_id":${JSON.stringify(deviceId)},"site_id":${JSON.stringify(siteId)},"seq":`;

export class LineWriter {
  private readonly printed: readonly Printed[];
  private second = Number.NaN;
  private secondText = '';
  private sentHour = Number.NaN;
  private sentText = '';

  constructor(resolution?: Resolution) {
    this.printed = resolution === undefined ? FINE : print(resolution);
  }

  /** Sets the time at which the next lines are sent, in ms since the epoch. */
  sendingAt(nowMs: number): void {
    const hour = Math.floor(nowMs / 3_600_000);
    if (hour === this.sentHour) return;
    this.sentHour = hour;
    this.sentText = `","timestamp_sent":"${formatSentHour(nowMs)}"}`;
  }

  /** The line of a reading made at `timeMs`, without line break. Values are rounded to 0.01, or to what the sensor resolves. */
  line(head: string, seq: number, measured: Measured, timeMs: number): string {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.second) {
      this.second = second;
      this.secondText = `,"timestamp":"${formatTimestamp(second * 1000).slice(0, -4)}`;
    }
    let line = head + seq;
    for (const { metric, lowest, values } of this.printed) {
      line += values[Math.round((measured.get(metric) - lowest) * RESOLUTION)];
    }
    return line + this.secondText + MILLISECONDS[Math.floor(timeMs) - second * 1000] + this.sentText;
  }

  /** An earlier line with the current hour of sending. */
  restamp(line: string): string {
    return line.slice(0, -SENT_TAIL_LENGTH) + this.sentText.slice(-SENT_TAIL_LENGTH);
  }
}

/** Lines of one site, which travel as one Kinesis record. */
export interface PackedRecord {
  siteId: string;
  /** The lines, with a line break between two, none at the end. */
  text: string;
  lines: number;
  /** When it was due to be sent, in ms since the epoch. Latency is measured from here. */
  dueMs: number;
}

/** Packs lines of one site, as many as a record may hold. */
export class Packer {
  private readonly siteId: string;
  private readonly records: PackedRecord[] = [];
  private readonly dueMs: number;
  private lines: string[] = [];
  /** Of the lines, with a line break between two. */
  private length = 0;

  constructor(siteId: string, dueMs: number) {
    this.siteId = siteId;
    this.dueMs = dueMs;
  }

  add(line: string): void {
    const full =
      this.lines.length >= MAX_READINGS_PER_RECORD || this.length + 1 + line.length > DEFAULT_RECORD_BYTES;
    if (full && this.lines.length > 0) this.close();
    this.length += this.lines.length === 0 ? line.length : 1 + line.length;
    this.lines.push(line);
  }

  /** Everything that was added, in order. */
  take(): PackedRecord[] {
    if (this.lines.length > 0) this.close();
    return this.records;
  }

  /** A join makes one text. Added up, it would stay a tree of pieces, which the garbage collector copies one by one. */
  private close(): void {
    const { siteId, dueMs, lines } = this;
    this.records.push({ siteId, text: lines.join('\n'), lines: lines.length, dueMs });
    this.lines = [];
    this.length = 0;
  }
}
