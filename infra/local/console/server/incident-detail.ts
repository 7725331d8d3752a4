/** One incident with what stands beside it: the site's other incidents, and the silences that hold for it. */
import type { Silence } from '../../../../services/contract/silence-schema.ts';
import { matches } from '../../../../services/contract/silence-window.ts';
import type { IncidentDetail, ShownSilence } from '../page-answers.ts';
import type { ListedIncident } from '../page-state.ts';
import { shown } from './desk-routes.ts';
import type { ReadPast } from './past-incidents.ts';

const SHOWN_AT_SITE = 20;

/**
 * @param past for an incident whose alerts are not kept here
 * @returns undefined where there is no such incident among those that are kept
 */
export async function findIncident(
  all: readonly ListedIncident[],
  id: string,
  past: ReadPast,
): Promise<ListedIncident | undefined> {
  const known = all.find((one) => one.id === id) ?? all.find((one) => isWhatBecameOf(one, id));
  // Of an open one without an alert here, the state table has only the present.
  const isTold = known && (known.timeline.length > 0 || known.state === 'pending');
  const told = isTold ? undefined : await past(id);
  return known && told ? { ...told, ...known, timeline: told.timeline } : (known ?? told);
}

/** @param silences undefined where they could not be read */
export function incidentDetail(
  all: readonly ListedIncident[],
  incident: ListedIncident,
  silences: readonly Silence[] | undefined,
  nowMs: number,
): IncidentDetail {
  const others = all.filter(
    (one) => one.site_id === incident.site_id && one.state !== 'resolved' && one.id !== incident.id,
  );
  return {
    ...{ incident, atSite: others.slice(0, SHOWN_AT_SITE), atSiteTotal: others.length },
    ...(silences && { silences: silences.map(shown(nowMs)).filter((one) => holds(one, incident)) }),
  };
}

const holds = (silence: ShownSilence, { severity = '', ...incident }: ListedIncident) =>
  silence.state === 'active' && matches(silence, { ...incident, severity });

/** A pending incident is called by site, device and rule until it fires, which gives it an id. */
const isWhatBecameOf = ({ state, site_id, device_id, rule }: ListedIncident, id: string) =>
  state !== 'resolved' && id === `${site_id}/${device_id}/${rule}`;
