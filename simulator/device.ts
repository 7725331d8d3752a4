/** One simulated device: its healthy signals, and its current anomaly. */
import type { Metric } from '../services/contract/reading.ts';
import type { AnomalyKind } from '../services/contract/truth.ts';
import { type AnomalyProcess, Episode } from './anomaly.ts';
import type { Random } from './random.ts';
import type { DeviceSignals } from './signal.ts';

/** An injection, placed on the device's readings. */
export interface PlannedEpisode {
  kind: AnomalyKind;
  metric: Metric | undefined;
  /** Number of its first reading, from 0. */
  firstStep: number;
  length: number;
}

/** Called at the end of every episode. `endMs` is the event time of the first reading after it. */
export type EpisodeListener = (device: Device, episode: Episode, endMs: number) => void;

/** Anomalies of a device, random or planned. A device without them stays healthy. */
export interface Anomalies {
  process: AnomalyProcess | undefined;
  planned: readonly PlannedEpisode[];
  random: Random;
  onBegin?: (device: Device, episode: Episode) => void;
  onEnd: EpisodeListener;
}

const NOTHING_WRONG: readonly Episode[] = [];

export class Device {
  readonly deviceId: string;
  readonly siteId: string;
  /** Number of the next reading. Silence leaves no gap in the numbers. */
  seq = 0;
  private readonly signals: DeviceSignals;
  private readonly anomalies: Anomalies | undefined;
  private step = -1;
  private chance: Episode | undefined;
  private active: readonly Episode[] = NOTHING_WRONG;

  constructor(deviceId: string, siteId: string, signals: DeviceSignals, anomalies?: Anomalies) {
    this.deviceId = deviceId;
    this.siteId = siteId;
    this.signals = signals;
    this.anomalies = anomalies;
  }

  /** Advances to the reading at `timeMs`. False: the device is silent, and there is none. */
  advance(timeMs: number): boolean {
    this.signals.advance();
    this.step++;
    return this.anomalies === undefined || this.applyAnomalies(this.anomalies, timeMs);
  }

  /** The metric as the sensor shows it, in its unit. Must be called once a reading. */
  get(metric: Metric): number {
    let value = this.signals.get(metric);
    if (this.active.length === 0) return value;
    for (const episode of this.active) if (episode.metric === metric) value = episode.distort(value);
    return value;
  }

  /** Whether an anomaly is under way. */
  get anomalous(): boolean {
    return this.active.length > 0;
  }

  /** Begins an episode with the next reading. */
  inject(kind: AnomalyKind, metric: Metric, length: number): void {
    const { anomalies } = this;
    if (!anomalies) throw new Error('Expected a fleet that takes injections');
    anomalies.planned = [...anomalies.planned, { kind, metric, firstStep: this.step + 1, length }];
  }

  /** Number of injections that have not begun. */
  get unbegun(): number {
    return this.anomalies?.planned.filter(({ firstStep }) => firstStep > this.step).length ?? 0;
  }

  /** Ends the episode under way when the run ends at `timeMs`. */
  finish(timeMs: number): void {
    for (const episode of this.active) this.anomalies?.onEnd(this, episode, timeMs);
    this.active = NOTHING_WRONG;
  }

  private applyAnomalies(anomalies: Anomalies, timeMs: number): boolean {
    if (this.active.length > 0) this.endWhatIsOver(anomalies, timeMs);
    for (const planned of anomalies.planned) {
      if (planned.firstStep !== this.step) continue;
      this.start(new Episode(planned.kind, planned.metric, planned.length, anomalies.random));
    }
    if (this.chance === undefined) {
      this.chance = anomalies.process?.begin();
      if (this.chance) this.start(this.chance);
    }
    let silent = false;
    for (const episode of this.active) {
      episode.touch(timeMs);
      if (episode.readings === 1) anomalies.onBegin?.(this, episode);
      silent ||= episode.kind === 'dropout';
    }
    return !silent;
  }

  private start(episode: Episode): void {
    this.active = [...this.active, episode];
  }

  private endWhatIsOver(anomalies: Anomalies, timeMs: number): void {
    const over = this.active.filter((episode) => episode.over);
    if (over.length === 0) return;
    for (const episode of over) {
      if (episode === this.chance) this.chance = undefined;
      anomalies.onEnd(this, episode, timeMs);
    }
    const rest = this.active.filter((episode) => !episode.over);
    this.active = rest.length > 0 ? rest : NOTHING_WRONG;
  }
}
