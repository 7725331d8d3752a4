/** One simulated device: its healthy signals, and whatever is wrong with it at the moment. */
import type { Metric } from '../services/contract/reading.ts';
import type { AnomalyKind } from '../services/contract/truth.ts';
import { type AnomalyProcess, Episode } from './anomaly.ts';
import type { Random } from './random.ts';
import type { DeviceSignals } from './signal.ts';

/** An episode asked for by name, placed on the device's readings. */
export interface PlannedEpisode {
  kind: AnomalyKind;
  metric: Metric | undefined;
  /** Number of its first reading, from 0. */
  firstStep: number;
  length: number;
}

/** Told once for every episode, when it is over: `endMs` is the event time of the first reading after it. */
export type EpisodeListener = (device: Device, episode: Episode, endMs: number) => void;

/** What goes wrong with a device, by chance or as planned. A device that has none stays healthy. */
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
  /** Number of the next reading: silence makes none, so it leaves no gap. */
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

  /** Moves on to the reading of `timeMs`. False: the device is silent, and there is none. */
  advance(timeMs: number): boolean {
    this.signals.advance();
    this.step++;
    return this.anomalies === undefined || this.applyAnomalies(this.anomalies, timeMs);
  }

  /** The metric as the sensor shows it, in its unit; to be asked once a reading. */
  get(metric: Metric): number {
    let value = this.signals.get(metric);
    if (this.active.length === 0) return value;
    for (const episode of this.active) if (episode.metric === metric) value = episode.distort(value);
    return value;
  }

  /** Is an anomaly under way? */
  get anomalous(): boolean {
    return this.active.length > 0;
  }

  /** Begins an episode with the next reading. */
  inject(kind: AnomalyKind, metric: Metric, length: number): void {
    const { anomalies } = this;
    if (!anomalies) throw new Error('Expected a fleet that takes injections');
    anomalies.planned = [...anomalies.planned, { kind, metric, firstStep: this.step + 1, length }];
  }

  /** Episodes asked for that have not begun. */
  get unbegun(): number {
    return this.anomalies?.planned.filter(({ firstStep }) => firstStep > this.step).length ?? 0;
  }

  /** Ends what is still under way, because the run is over at `timeMs`. */
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
