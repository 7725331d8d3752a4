/** The detector's work for one site, with its state in memory, and its alerts sent at once. */
import { type MetricValues, metricsOf, type Reading } from '../../../services/contract/reading.ts';
import { instantOf } from '../../../services/contract/time.ts';
import { type CompiledRule, quietTest } from '../../../services/detector/compile.ts';
import { type Folded, foldTask, type Task } from '../../../services/detector/fold.ts';
import { createMemory, type Memory, planFor } from '../../../services/detector/memory.ts';
import { ModelView } from '../../../services/detector/model-view.ts';
import type { SiteFront } from '../../../services/detector/presence.ts';
import {
  foldModel,
  MODEL_PERIOD_MS,
  type ModelTerms,
  modelTerms,
  type Outlooks,
} from '../../../services/detector/site-model.ts';
import { type NextPresence, type Silences, silencesOf } from '../../../services/detector/site-news.ts';
import { type KnownSite, workOf } from '../../../services/detector/site-work.ts';
import type { ReplayedIncidents } from './replayed.ts';
import type { Round } from './rounds.ts';

/** What is over is kept for as long as readings may come late, and not for a day: nothing is ever sent again. */
const KEEP_MS = 3_600_000;
const EXPIRY_ROUNDS = 100;

type Item = Folded['stored'];

export class SiteReplay {
  readonly #siteId: string;
  readonly #rules: readonly CompiledRule[];
  readonly #isQuiet: (metrics: MetricValues) => boolean;
  readonly #found: ReplayedIncidents;
  readonly #memory: Memory | undefined;
  readonly #silences: Silences | undefined;
  readonly #terms: ModelTerms | undefined;
  readonly #items = new Map<string, Item>();
  #presence: KnownSite['presence'] = {};
  #model: ModelView | undefined;
  /** Event time of each device's last reading. */
  readonly #seenUntil = new Map<string, string>();
  /** Event time of the site's newest reading. */
  #front = '';
  #rounds = 0;

  constructor(siteId: string, rules: readonly CompiledRule[], found: ReplayedIncidents) {
    this.#siteId = siteId;
    this.#rules = rules;
    this.#found = found;
    this.#isQuiet = quietTest(rules);
    const plan = planFor(rules);
    this.#memory = plan && createMemory(plan);
    this.#silences = plan?.silence ? silencesOf(rules) : undefined;
    this.#terms = modelTerms(rules, MODEL_PERIOD_MS);
    this.#model = this.#terms && new ModelView([], this.#terms);
  }

  /** How far the site is known to have come, where a rule about silence wants that. */
  get front(): SiteFront | undefined {
    const { front } = this.#presence;
    return front && { siteId: this.#siteId, front: front.front, devices: front.devices };
  }

  seenUntil = (deviceId: string): string => this.#seenUntil.get(deviceId) ?? this.#front;

  fold(round: Round): void {
    for (const { device_id, timestamp } of round) {
      const at = instantOf(timestamp);
      this.#seenUntil.set(device_id, at);
      if (at > this.#front) this.#front = at;
    }
    const known = { items: [...this.#items.values()], presence: this.#presence };
    const { tasks, next } = workOf(this.#batch(round), this.#record(), known, this.#rules, this.#silences);
    for (const task of tasks) this.#do(task);
    this.#keep(next);
    if (this.#rounds % EXPIRY_ROUNDS === 0) this.#expire();
  }

  /** The round as the detector decodes a batch. */
  #batch(round: Round) {
    const memory = this.#memory?.begin(this.#siteId);
    const site = {
      ...{ siteId: this.#siteId, firstRecord: 0, readings: [...round], records: round.map(() => 0) },
      ...{ restless: new Set<string>(), memory, suspected: [], outlooks: this.#look(round) },
    };
    for (const reading of round) {
      const metrics = metricsOf(reading);
      if (!this.#isQuiet(metrics)) site.restless.add(reading.device_id);
      memory?.see(reading, metrics, site.suspected);
    }
    for (const { reading } of site.suspected as { reading: Reading }[]) site.restless.add(reading.device_id);
    return site;
  }

  #look(round: Round): ReadonlyMap<Reading, Outlooks> | undefined {
    const wanted = this.#model?.wanted(round) ?? [];
    if (wanted.length === 0 || this.#model === undefined || this.#terms === undefined) return undefined;
    const { chunks, outlooks } = foldModel(this.#model.chunks, wanted, this.#terms);
    this.#model = new ModelView(chunks, this.#terms);
    return outlooks;
  }

  /** Empties the outbox as often as the detector would publish it. */
  #do(task: Task): void {
    for (let next = task; ; ) {
      const folded = foldTask(next, Date.parse(this.#front));
      this.#found.add(folded);
      const stored = { ...folded.stored, outbox: [] };
      if (stored.incident !== undefined) this.#items.set(`${stored.deviceId}\n${stored.rule}`, stored);
      if (folded.rest.length === 0) return;
      next = { ...next, before: stored, observations: folded.rest };
    }
  }

  #keep({ front, roster }: NextPresence): void {
    const written = <T extends { version: number }>(next: T) => ({ ...next, version: next.version + 1 });
    if (front) this.#presence = { ...this.#presence, front: written(front) };
    if (roster) this.#presence = { ...this.#presence, roster: written(roster) };
  }

  #expire(): void {
    const oldest = new Date(Date.parse(this.#front) - KEEP_MS).toISOString();
    for (const [key, { incident }] of this.#items) {
      if (incident?.state === 'normal' && incident.mark.at < oldest) this.#items.delete(key);
    }
  }

  /** The record that a round came with: as new as its newest reading, and the next one of its shard. */
  #record() {
    const sequenceNumber = String(++this.#rounds);
    const kinesis = { sequenceNumber, approximateArrivalTimestamp: Date.parse(this.#front) / 1000 };
    return [{ eventID: `replay:${sequenceNumber}`, kinesis }];
  }
}
