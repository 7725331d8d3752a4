/** Summary of a backtest: incidents per rule and day, the longest, the flapping ones, and compared with other rules. */
import type { ReplayedIncident } from './replayed.ts';

export interface RuleDay {
  rule: string;
  /** UTC, YYYY-MM-DD; null for a rule that found nothing at all. */
  day: string | null;
  /** Opened on that day. */
  incidents: number;
  /** Of these, those that became critical. */
  critical: number;
  /** Of these, those still open at the end of history. */
  open: number;
  /** Sent on that day. */
  emails: number;
}

export interface Flapping {
  rule: string;
  device_id: string;
  site_id: string;
  incidents: number;
  emails: number;
  /** Shortest time from the end of one to the start of the next, ms. */
  shortestPauseMs: number;
}

const LISTED = 5;

/** Every rule, in the order of its file, with the days on which it did something. */
export function perRuleAndDay(rules: readonly string[], incidents: readonly ReplayedIncident[]): RuleDay[] {
  return rules.flatMap((rule): RuleDay[] => {
    const own = incidents.filter((incident) => incident.rule === rule);
    const days = new Set(own.flatMap((incident) => [incident.started_at, ...incident.emailed_at].map(dayOf)));
    if (days.size === 0) return [{ rule, day: null, incidents: 0, critical: 0, open: 0, emails: 0 }];
    return [...days].sort().map((day) => {
      const opened = own.filter((incident) => dayOf(incident.started_at) === day);
      return {
        rule,
        day,
        incidents: opened.length,
        critical: opened.filter(({ severity }) => severity === 'critical').length,
        open: opened.filter(({ ended_at }) => ended_at === null).length,
        emails: own.reduce(
          (sum, { emailed_at }) => sum + emailed_at.filter((at) => dayOf(at) === day).length,
          0,
        ),
      };
    });
  });
}

export const durationMs = ({ started_at, ended_at, seen_until }: ReplayedIncident): number =>
  Date.parse(ended_at ?? seen_until) - Date.parse(started_at);

export const longest = (incidents: readonly ReplayedIncident[]): ReplayedIncident[] =>
  incidents.toSorted((a, b) => durationMs(b) - durationMs(a)).slice(0, LISTED);

/** Devices that a rule opened more than one incident for, most first. */
export function flappiest(incidents: readonly ReplayedIncident[]): Flapping[] {
  const groups = new Map<string, ReplayedIncident[]>();
  for (const incident of incidents) {
    const key = [incident.rule, incident.site_id, incident.device_id].join('\n');
    groups.set(key, [...(groups.get(key) ?? []), incident]);
  }
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (!first || group.length < 2) return [];
      const { rule, device_id, site_id } = first;
      const emails = totalEmails(group);
      return [
        { rule, device_id, site_id, incidents: group.length, emails, shortestPauseMs: shortestPause(group) },
      ];
    })
    .sort((a, b) => b.incidents - a.incidents || a.shortestPauseMs - b.shortestPauseMs)
    .slice(0, LISTED);
}

function shortestPause(incidents: readonly ReplayedIncident[]): number {
  const inOrder = incidents.toSorted((a, b) => (a.started_at < b.started_at ? -1 : 1));
  const pauses = inOrder.slice(1).map((next, i) => {
    const before = inOrder[i] as ReplayedIncident;
    return Date.parse(next.started_at) - Date.parse(before.ended_at ?? before.seen_until);
  });
  return Math.min(...pauses);
}

export const totalEmails = (incidents: readonly ReplayedIncident[]): number =>
  incidents.reduce((sum, { emails }) => sum + emails, 0);

const dayOf = (iso: string) => iso.slice(0, 10);
