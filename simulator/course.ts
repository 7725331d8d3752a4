/** The anomalies of one device, or of a whole site, as they come and go: by chance, and as planned. */
import type { Metric } from '../services/contract/reading.ts';
import type { AnomalyKind } from '../services/contract/truth.ts';
import type { AnomalyProcess } from './anomaly.ts';
import { Episode } from './episode.ts';
import type { Random } from './random.ts';

/** An injection, placed on the readings of a device or the polls of a site. */
export interface PlannedEpisode {
  kind: AnomalyKind;
  metric: Metric | undefined;
  /** Number of its first reading, from 0. */
  firstStep: number;
  length: number;
}

/** A device, or `*` for all of its site. */
export interface Subject {
  deviceId: string;
  siteId: string;
}

export interface EpisodeListeners {
  onBegin?: ((subject: Subject, episode: Episode) => void) | undefined;
  /** `endMs` is the event time of the first reading after it. */
  onEnd?: ((subject: Subject, episode: Episode, endMs: number) => void) | undefined;
}

const NOTHING_WRONG: readonly Episode[] = [];

export class Course {
  /** The episodes under way. */
  active: readonly Episode[] = NOTHING_WRONG;
  private readonly subject: Subject;
  private readonly random: Random;
  private readonly process: AnomalyProcess | undefined;
  private readonly listeners: EpisodeListeners;
  private planned: readonly PlannedEpisode[];
  private step = -1;
  private chance: Episode | undefined;

  /** @param process of those by chance */
  constructor(
    subject: Subject,
    planned: readonly PlannedEpisode[],
    random: Random,
    listeners: EpisodeListeners,
    process?: AnomalyProcess,
  ) {
    this.subject = subject;
    this.planned = planned;
    this.random = random;
    this.listeners = listeners;
    this.process = process;
  }

  /** Advances to the reading at `timeMs`. False: there is silence, and it is not made. */
  advance(timeMs: number): boolean {
    this.step++;
    if (this.active.length > 0) this.endWhatIsOver(timeMs);
    for (const { kind, metric, firstStep, length } of this.planned) {
      if (firstStep === this.step) this.start(new Episode(kind, metric, length, this.random));
    }
    if (this.chance === undefined) {
      this.chance = this.process?.begin();
      if (this.chance) this.start(this.chance);
    }
    let silent = false;
    for (const episode of this.active) {
      episode.touch(timeMs);
      if (episode.readings === 1) this.listeners.onBegin?.(this.subject, episode);
      silent ||= episode.silent;
    }
    return !silent;
  }

  /** Begins an episode with the next reading. */
  inject(kind: AnomalyKind, metric: Metric, length: number): void {
    this.planned = [...this.planned, { kind, metric, firstStep: this.step + 1, length }];
  }

  /** Number of planned episodes that have not begun. */
  get unbegun(): number {
    return this.planned.filter(({ firstStep }) => firstStep > this.step).length;
  }

  /** Ends the episodes under way when the run ends at `timeMs`. */
  finish(timeMs: number): void {
    for (const episode of this.active) this.listeners.onEnd?.(this.subject, episode, timeMs);
    this.active = NOTHING_WRONG;
  }

  private start(episode: Episode): void {
    this.active = [...this.active, episode];
  }

  private endWhatIsOver(timeMs: number): void {
    const over = this.active.filter((episode) => episode.over);
    if (over.length === 0) return;
    for (const episode of over) {
      if (episode === this.chance) this.chance = undefined;
      this.listeners.onEnd?.(this.subject, episode, timeMs);
    }
    const rest = this.active.filter((episode) => !episode.over);
    this.active = rest.length > 0 ? rest : NOTHING_WRONG;
  }
}
