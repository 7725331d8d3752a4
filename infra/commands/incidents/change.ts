/** `incidents ack` and `incidents close`: on the item of the incident, for the detector to see. */
import type { ByHand } from '../../../services/contract/by-hand.ts';
import { acknowledge, requestClose } from '../../cli/incidents/act.ts';
import type { StateTable } from '../../cli/incidents/list.ts';
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import { plain } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { openIncident } from './choose.ts';
import { describeByHand, placeOf } from './words.ts';

interface Change {
  make: typeof acknowledge;
  words(incident: OpenIncident, byHand: ByHand): string;
}

export const CHANGES: Record<'ack' | 'close', Change> = {
  ack: { make: acknowledge, words: acknowledgedText },
  close: { make: requestClose, words: closedText },
};

/**
 * All are found before the first is changed.
 * @param say is given a line for each that is done
 * @throws UserError where one is not open, or is not the only one that begins like this
 */
export async function changeIncidents(
  { make, words }: Change,
  table: StateTable,
  ids: readonly string[],
  byHand: ByHand,
  say: (line: string) => void,
): Promise<void> {
  const chosen: OpenIncident[] = [];
  for (const id of ids) chosen.push((await openIncident(table, id)) ?? noneOpen(id));
  for (const incident of chosen) {
    if ((await make(table, incident, byHand)) === undefined) noneOpen(incident.incident_id);
    say(words(incident, byHand));
  }
}

function noneOpen(id: string): never {
  throw new UserError(`No open incident begins with ${id}. Is it over? npm run incidents -- show ${id}`);
}

const nameOf = (incident: OpenIncident) =>
  `${incident.incident_id}, ${incident.rule} on ${placeOf(incident)},`;

function acknowledgedText(incident: OpenIncident, { by }: ByHand): string {
  const { acknowledged: before } = incident;
  const instead = before ? ` Before: ${describeByHand(before)}.` : '';
  return `${nameOf(incident)} is looked at by ${plain(by)}. It goes on; reminders end.${instead}`;
}

function closedText(incident: OpenIncident): string {
  return (
    `${nameOf(incident)} ends within about a minute, and everybody is told.\n` +
    'If the device still breaches, its next breach opens a new one.'
  );
}
