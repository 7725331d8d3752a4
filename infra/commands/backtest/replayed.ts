/** The incidents that a replay finds, from what the fold makes of its tasks. */
import type { Metric } from '../../../services/contract/reading.ts';
import type { RuleKind, Severity } from '../../../services/contract/rule.ts';
import type { CompiledRule } from '../../../services/detector/compile.ts';
import type { Folded } from '../../../services/detector/fold.ts';
import { byDevice } from './by-device.ts';

type Item = Folded['stored'];
type Transition = Folded['transitions'][number];

export interface ReplayedIncident {
  incident_id: string;
  rule: string;
  kind: RuleKind;
  /** null for a silence. */
  metric: Metric | null;
  /** `*` for a whole site. */
  device_id: string;
  site_id: string;
  /** The highest severity that it reached. */
  severity: Severity;
  /** Event time of the breach that opened it. */
  started_at: string;
  /** Event time at which it fired. */
  fired_at: string;
  /** Event time of its end; null when history ends before. */
  ended_at: string | null;
  /** Event time of the device's last reading, up to which an open incident is known to last. */
  seen_until: string;
  /** Worst value, in the metric's unit. */
  peak: number;
  /** E-mails: one per transition that is published. */
  emails: number;
  /** Event time of each, to count them by day. */
  emailed_at: string[];
}

export class ReplayedIncidents {
  readonly #byId = new Map<string, ReplayedIncident>();
  /** The item of each, as it was left. */
  readonly #items = new Map<string, Item>();
  readonly #order: Map<string, number>;

  /** @param rules the order of incidents of a device */
  constructor(rules: readonly CompiledRule[]) {
    this.#order = new Map(rules.map(({ name }, index) => [name, index]));
  }

  /** Must be called for everything that was folded, before its outbox is emptied. */
  add({ transitions, stored, rule }: Pick<Folded, 'transitions' | 'stored' | 'rule'>): void {
    for (const transition of transitions) {
      const { incidentId } = transition;
      this.#byId.set(incidentId, incidentOf(rule, stored, transition, this.#byId.get(incidentId)));
    }
    for (const { incident_id: id, at } of stored.outbox) this.#byId.get(id)?.emailed_at.push(at);
    const id = openId(stored);
    if (id !== undefined) this.#items.set(id, stored);
  }

  /**
   * By site, device and rule, each in order of time.
   * @param seenUntil event time of the last reading of a device, or of a site
   */
  list(seenUntil: (siteId: string, deviceId: string) => string): ReplayedIncident[] {
    return [...this.#byId.values()]
      .map((incident) => ({
        ...incident,
        seen_until: seenUntil(incident.site_id, incident.device_id),
        // Only the fold knows how an open incident has gone on since its last transition.
        peak: openPeak(this.#items.get(incident.incident_id)) ?? incident.peak,
        emails: incident.emailed_at.length,
      }))
      .sort((a, b) => this.#compare(a, b));
  }

  #compare(a: ReplayedIncident, b: ReplayedIncident): number {
    const devices = byDevice(a, b);
    if (devices !== 0) return devices;
    if (a.rule !== b.rule) return (this.#order.get(a.rule) ?? 0) - (this.#order.get(b.rule) ?? 0);
    return a.started_at < b.started_at ? -1 : a.started_at > b.started_at ? 1 : 0;
  }
}

const openId = ({ incident }: Item): string | undefined =>
  incident?.state === 'firing' || incident?.state === 'recovering' ? incident.incidentId : undefined;

const openPeak = (item: Item | undefined): number | undefined =>
  item?.incident && 'peak' in item.incident ? item.incident.peak : undefined;

function incidentOf(
  { name, rule, metric }: CompiledRule,
  { siteId, deviceId }: Item,
  transition: Transition,
  before: ReplayedIncident | undefined,
): ReplayedIncident {
  const { status, incidentId, severity, startedAt, at, peak } = transition;
  return {
    ...{ incident_id: incidentId, rule: name, kind: rule.kind, metric, device_id: deviceId, site_id: siteId },
    severity,
    ...{ started_at: startedAt, fired_at: before?.fired_at ?? at },
    ended_at: status === 'resolved' ? at : null,
    seen_until: at,
    peak,
    ...{ emails: 0, emailed_at: before?.emailed_at ?? [] },
  };
}
