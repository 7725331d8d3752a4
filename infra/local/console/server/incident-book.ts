/** All incidents, worked out again only when an alert or the state table has changed: there may be ten thousand. */
import type { Alert } from '../../../../services/contract/alert.ts';
import type { IncidentCounts, ListedIncident } from '../page-state.ts';
import { listIncidents, type Watched } from './incident-list.ts';
import type { WatchedTable } from './state-watch.ts';

interface IncidentBookSources {
  /** Published so far, oldest first. */
  alerts(): Alert[];
  state(): Promise<WatchedTable>;
  aboutRule(rule: string): Watched;
}

export interface IncidentsNow {
  /** In the order of {@link listIncidents}. */
  incidents: ListedIncident[];
  counts: IncidentCounts;
  /** Another number whenever any of them has changed. */
  revision: number;
}

export type ReadIncidents = () => Promise<IncidentsNow>;

export function createIncidentBook({ alerts, state, aboutRule }: IncidentBookSources): ReadIncidents {
  /** After a restart a page that stays open must not take another list for the one that it has. */
  const first = Date.now();
  let known: IncidentsNow | undefined;
  let knownFor = '';
  return async () => {
    const [published, table] = [alerts(), await state()];
    const last = published.at(-1);
    const now = `${published.length} ${last?.notification_id} ${last?.at} ${table.revision} ${table.isWhole}`;
    if (!known || now !== knownFor) {
      known = { ...listIncidents(published, table, aboutRule), revision: (known?.revision ?? first) + 1 };
      knownFor = now;
    }
    return known;
  };
}
