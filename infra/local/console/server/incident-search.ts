/** Finds incidents by filters and words. Pure. */
import { z } from 'zod';
import type { IncidentFacet, IncidentPage } from '../page-answers.ts';
import type { ListedIncident } from '../page-state.ts';

const PAGE_SIZE = 50;
const MAX_PAGE = 200;
const FACETS = ['state', 'severity', 'site', 'rule'] as const;
/** The state `open` stands for all but resolved ones. */
const OPEN = 'open';

const text = z.string().max(200).optional();
const whole = z.coerce.number().int().min(0);
/** Of incidents that are over, where the lake has to be asked for them. */
const LONGEST_DAYS = 31;

/** The query of `/api/incidents`. Without a value, a filter lets everything through. */
export const incidentQuerySchema = z.strictObject({
  ...{ search: text, state: text, severity: text, site: text, rule: text, device: text },
  offset: whole.default(0),
  limit: whole.max(MAX_PAGE).default(PAGE_SIZE),
  days: whole.min(1).max(LONGEST_DAYS).default(7),
});
export type IncidentQuery = z.infer<typeof incidentQuerySchema>;

const FIELD: Record<IncidentFacet, (incident: ListedIncident) => string> = {
  state: ({ state }) => state,
  severity: ({ severity }) => severity ?? '',
  site: ({ site_id }) => site_id,
  rule: ({ rule }) => rule,
};

/** @param all in order */
export function searchIncidents(all: readonly ListedIncident[], query: IncidentQuery): IncidentPage {
  const words = (query.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const found = all.filter((incident) => isAbout(incident, query.device) && hasWords(incident, words));
  const matching = found.filter((incident) => FACETS.every((facet) => passes(incident, facet, query)));
  const facets = FACETS.map((facet) => {
    const others = FACETS.filter((one) => one !== facet);
    const rest = found.filter((incident) => others.every((other) => passes(incident, other, query)));
    return [facet, countBy(rest, FIELD[facet])];
  });
  const { offset, limit } = query;
  return {
    incidents: matching.slice(offset, offset + limit),
    matching: matching.length,
    offset,
    facets: Object.fromEntries(facets) as IncidentPage['facets'],
  };
}

const isAbout = ({ device_id }: ListedIncident, device: string | undefined) =>
  device === undefined || device_id === device;

function hasWords({ id, device_id, site_id, rule, summary = '' }: ListedIncident, words: readonly string[]) {
  if (words.length === 0) return true;
  const text = `${id} ${device_id} ${site_id} ${rule} ${summary}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function passes(incident: ListedIncident, facet: IncidentFacet, query: IncidentQuery): boolean {
  const wanted = query[facet];
  if (wanted === undefined || wanted === '') return true;
  if (facet === 'state' && wanted === OPEN) return incident.state !== 'resolved';
  return FIELD[facet](incident) === wanted;
}

function countBy(incidents: readonly ListedIncident[], field: (incident: ListedIncident) => string) {
  const counts = new Map<string, number>();
  for (const incident of incidents) {
    const value = field(incident);
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
