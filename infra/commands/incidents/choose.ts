/** Which incident is meant: ids may be shortened, as in git. */
import { incidentsLike, type StateTable } from '../../cli/incidents/list.ts';
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import { plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { placeOf, shortLength } from './words.ts';

const ID = /^[0-9a-f]{4,24}$/;
const MAX_CANDIDATES = 20;

/** @throws UserError, a misuse, for what is not an id or its beginning */
export function parseId(text: string): string {
  const id = text.toLowerCase();
  if (ID.test(id)) return id;
  throw UserError.misuse(
    `Expected the id of an incident, or at least its first four characters (0-9, a-f), got "${text}". They are listed by: npm run incidents`,
  );
}

/**
 * The one open incident whose id begins like this; undefined where there is none.
 * @throws UserError, a misuse, where there are several
 */
export async function openIncident(table: StateTable, id: string): Promise<OpenIncident | undefined> {
  const found = await incidentsLike(table, id);
  return onlyOne(id, found);
}

/** @throws UserError, a misuse, that lists the candidates */
export function onlyOne<T extends Candidate>(id: string, found: readonly T[]): T | undefined {
  const [first, ...others] = found;
  if (first === undefined || others.length === 0) return first;
  const length = shortLength(found.map(({ incident_id }) => incident_id));
  const lines = found
    .slice(0, MAX_CANDIDATES)
    .map(
      (each) => `  ${each.incident_id.slice(0, length)}  ${each.severity} ${each.rule} on ${placeOf(each)}`,
    );
  const left = found.length - lines.length;
  const more = left > 0 ? [`  and ${left} more`] : [];
  throw UserError.misuse(
    [`${plural(found.length, 'incident')} begin with ${id}. Which one?`, ...lines, ...more].join('\n'),
  );
}

type Candidate = Pick<OpenIncident, 'incident_id' | 'severity' | 'rule' | 'site_id' | 'device_id'>;
