/**
 * Sends a recorded series through the pipeline as one metric of one device; its other metrics stay normal. Readings are
 * dated as if the series happened now, `speed` times faster than it was recorded, so that rules with durations, the page
 * and partitions treat it like any device.
 */
import type { Series } from '../../infra/cli/series/reader.ts';
import { seriesDeviceId } from '../../infra/cli/series/series.ts';
import {
  byMetric,
  formatSentHour,
  formatTimestamp,
  type Metric,
  type Reading,
} from '../../services/contract/reading.ts';
import { Random } from '../random.ts';
import { DeviceSignals, SignalModel } from '../signal.ts';
import type { Source, SourceCounts } from '../source.ts';
import { type FaultRates, noFaults, Transport } from '../transport.ts';
import { LineWriter, type PackedRecord, Packer } from '../wire.ts';

const REPLAY_SITE = 'replay';

export interface ReplaySourceOptions {
  series: Pick<Series, 'timesMs' | 'values'>;
  file: string;
  metric: Metric;
  speed: number;
  seed: number;
  faults: FaultRates | undefined;
  durationMs: number | undefined;
  count: number | undefined;
}

export class Replay implements Source {
  readonly counts: SourceCounts = { made: 0, silent: 0, anomalous: 0, faults: noFaults() };
  nextDueMs: number | undefined;
  private readonly options: ReplaySourceOptions;
  private readonly deviceId: string;
  private readonly signals: DeviceSignals;
  private readonly transport: Transport | undefined;
  private readonly writer = new LineWriter();
  /** Time of the last reading, in ms from the start of the run. */
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(options: ReplaySourceOptions) {
    const { series, speed, seed, faults } = options;
    this.options = options;
    this.deviceId = seriesDeviceId(options.file);
    const intervalMs = Math.max(1, offsetMs(series.timesMs, -1) / speed / series.timesMs.length);
    this.signals = new DeviceSignals(new SignalModel(intervalMs), seed, 0);
    this.transport = faults && new Transport(faults, new Random(seed, 1), this.counts.faults);
    this.plan();
  }

  /** Sends all rows that are due together: at a high speed a poll has many. */
  poll(startMs: number, nowMs: number): PackedRecord[] {
    const packer = this.packer(startMs + (this.nextDueMs as number), nowMs);
    do {
      this.send(startMs, this.nextDueMs as number, nowMs, packer);
      this.plan();
    } while (this.nextDueMs !== undefined && startMs + this.nextDueMs <= nowMs);
    return packer.take();
  }

  finish(nowMs: number): PackedRecord[] {
    const packer = this.packer(nowMs, nowMs);
    this.transport?.release(Number.POSITIVE_INFINITY, packer, this.writer);
    return packer.take();
  }

  private send(startMs: number, dueMs: number, nowMs: number, packer: Packer): void {
    const row = this.counts.made++;
    this.signals.advance();
    // Times that the speed has moved into one millisecond are kept apart: equal ones would look like repeats.
    this.lastMs = Math.max(this.lastMs + 1, dueMs);
    const fault = this.transport?.draw();
    const error = fault === 'clockSkew' ? (this.transport?.clockErrorMs() ?? 0) : 0;
    const line = JSON.stringify(this.reading(row, Math.floor(startMs + this.lastMs) + error, nowMs));
    if (this.transport) {
      this.transport.carry(line, fault, row, packer);
      this.transport.release(row, packer, this.writer);
    } else {
      packer.add(line);
    }
  }

  private reading(row: number, timeMs: number, nowMs: number): Reading {
    return {
      device_id: this.deviceId,
      site_id: REPLAY_SITE,
      seq: row,
      ...byMetric((metric) => Math.round(this.signals.get(metric) * 100) / 100),
      [this.options.metric]: this.options.series.values[row] as number,
      timestamp: formatTimestamp(timeMs),
      timestamp_sent: formatSentHour(nowMs),
    };
  }

  private packer(dueMs: number, nowMs: number): Packer {
    this.writer.sendingAt(nowMs);
    return new Packer(REPLAY_SITE, dueMs);
  }

  private plan(): void {
    const {
      series,
      speed,
      durationMs = Number.POSITIVE_INFINITY,
      count = Number.POSITIVE_INFINITY,
    } = this.options;
    const { made } = this.counts;
    const dueMs = made < series.timesMs.length ? offsetMs(series.timesMs, made) / speed : undefined;
    const over = dueMs === undefined || dueMs >= durationMs || made >= count;
    this.nextDueMs = over ? undefined : dueMs;
  }
}

/** Recorded time from the first row to another. */
const offsetMs = (timesMs: readonly number[], row: number): number =>
  (timesMs.at(row) ?? 0) - (timesMs[0] ?? 0);
