/** What other rules make of the same history: incidents that are new, gone or different, and how many e-mails. */
import type { ReplayedIncident } from './replayed.ts';
import { totalEmails } from './summary.ts';

/** Rules and what they found. */
export interface Found {
  /** Of all rules, also of those that found nothing. */
  names: readonly string[];
  incidents: readonly ReplayedIncident[];
}

export interface Versus {
  candidate: number;
  inForce: number;
}

export interface Changed {
  after: ReplayedIncident;
  /** More than one where several have become one. */
  before: ReplayedIncident[];
}

export interface Comparison {
  /** The candidate's incidents that the rules in force find as well. */
  same: number;
  /** Of these, those that fire, end, climb or mail otherwise. */
  changed: Changed[];
  /** Those that the rules in force do not find. */
  added: ReplayedIncident[];
  /** Incidents of the rules in force that the candidate does not find. */
  gone: ReplayedIncident[];
  emails: Versus;
  /** In the order of the candidate's file, then rules that it has no longer. */
  perRule: { rule: string; incidents: Versus; emails: Versus }[];
}

/**
 * Two incidents are the same when they are about the same metric of the same device, at overlapping times, by the same
 * rule: a changed threshold opens a little earlier or later. A rule that only one side has may have been renamed.
 */
export function compare(candidate: Found, inForce: Found): Comparison {
  const isSameRule = (after: ReplayedIncident, before: ReplayedIncident) =>
    after.rule === before.rule ||
    (!inForce.names.includes(after.rule) && !candidate.names.includes(before.rule));
  const isSame = (after: ReplayedIncident, before: ReplayedIncident) =>
    overlap(after, before) && isSameRule(after, before);
  const earlier = bySubject(inForce.incidents);
  const later = bySubject(candidate.incidents);
  const pairs = candidate.incidents.map((after) => ({
    after,
    before: earlier(after).filter((before) => isSame(after, before)),
  }));
  const kept = pairs.filter(({ before }) => before.length > 0);
  return {
    same: kept.length,
    changed: kept.filter(isChanged),
    added: pairs.filter(({ before }) => before.length === 0).map(({ after }) => after),
    gone: inForce.incidents.filter((before) => !later(before).some((after) => isSame(after, before))),
    emails: { candidate: totalEmails(candidate.incidents), inForce: totalEmails(inForce.incidents) },
    perRule: perRule(candidate, inForce),
  };
}

function bySubject(incidents: readonly ReplayedIncident[]) {
  const subject = ({ site_id, device_id, metric }: ReplayedIncident) => `${site_id}\n${device_id}\n${metric}`;
  const groups = new Map<string, ReplayedIncident[]>();
  for (const incident of incidents) {
    const group = groups.get(subject(incident));
    if (group) group.push(incident);
    else groups.set(subject(incident), [incident]);
  }
  return (incident: ReplayedIncident) => groups.get(subject(incident)) ?? [];
}

const overlap = (a: ReplayedIncident, b: ReplayedIncident): boolean =>
  a.started_at <= (b.ended_at ?? b.seen_until) && b.started_at <= (a.ended_at ?? a.seen_until);

const isChanged = ({ after, before: [before, ...others] }: Changed): boolean =>
  others.length > 0 ||
  (['rule', 'severity', 'fired_at', 'ended_at', 'emails'] as const).some(
    (name) => after[name] !== before?.[name],
  );

function perRule(candidate: Found, inForce: Found): Comparison['perRule'] {
  const names = [...new Set([...candidate.names, ...inForce.names])];
  return names.map((rule) => {
    const [after, before] = [candidate, inForce].map(({ incidents }) =>
      incidents.filter((incident) => incident.rule === rule),
    ) as [ReplayedIncident[], ReplayedIncident[]];
    return {
      rule,
      incidents: { candidate: after.length, inForce: before.length },
      emails: { candidate: totalEmails(after), inForce: totalEmails(before) },
    };
  });
}
