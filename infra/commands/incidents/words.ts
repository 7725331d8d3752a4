/** What the command says about an incident, in one line. */
import { WHOLE_SITE } from '../../../services/contract/alert.ts';
import type { ByHand } from '../../../services/contract/by-hand.ts';
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import { plain } from '../../cli/text.ts';

/** Characters that tell ids apart, nearly always. */
const SHORT = 8;

/** `pump-17 (north)`, or `site north` where it is about all of it. */
export const placeOf = ({ site_id, device_id }: Pick<OpenIncident, 'site_id' | 'device_id'>): string =>
  device_id === WHOLE_SITE ? `site ${site_id}` : `${device_id} (${site_id})`;

/** How many characters of these ids it takes to tell them apart. */
export function shortLength(ids: readonly string[]): number {
  for (let length = SHORT; ; length += 1) {
    const short = new Set(ids.map((id) => id.slice(0, length)));
    if (short.size === new Set(ids).size) return length;
  }
}

/** `2026-01-31 09:30:05` of a time in ISO 8601 UTC. */
export const secondOf = (iso: string): string => iso.slice(0, 19).replace('T', ' ');

/** `anna, 2026-01-31 09:40:00 UTC: pump swap` */
export const describeByHand = ({ by, at, comment }: ByHand): string =>
  plain(`${by}, ${secondOf(at)} UTC${comment === undefined ? '' : `: ${comment}`}`);
