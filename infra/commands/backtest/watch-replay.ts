/** The watchdog's looks at whole sites, once a minute of event time, with its state in memory. */
import type { CompiledRule } from '../../../services/detector/compile.ts';
import type { SiteFront } from '../../../services/detector/presence.ts';
import {
  afterChange,
  type Change,
  changesIn,
  siteRulesOf,
} from '../../../services/detector/watchdog/site-changes.ts';
import type { ReplayedIncidents } from './replayed.ts';

const MINUTE_MS = 60_000;

export class WatchReplay {
  readonly #rules: ReturnType<typeof siteRulesOf>;
  readonly #found: ReplayedIncidents;
  readonly #items = new Map<string, Change['before']>();
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(rules: readonly CompiledRule[], found: ReplayedIncidents) {
    this.#rules = siteRulesOf(rules);
    this.#found = found;
  }

  /** @param nowMs the newest event time of all sites, ms since the epoch */
  look(nowMs: number, sites: () => SiteFront[]): void {
    if (this.#rules.length === 0 || nowMs - this.#lookedMs < MINUTE_MS) return;
    this.#lookedMs = nowMs;
    for (const change of changesIn(this.#rules, sites(), this.#items, nowMs)) {
      const stored = afterChange(change, nowMs);
      const { transition } = change.step;
      this.#found.add({ stored, rule: change.rule.compiled, transitions: transition ? [transition] : [] });
      this.#items.set(`${stored.siteId}/${stored.deviceId}#${stored.rule}`, { ...stored, outbox: [] });
    }
  }
}
