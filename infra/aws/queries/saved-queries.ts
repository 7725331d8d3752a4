/** The queries that every deployment saves in its Athena workgroup: the ones an operator needs first. */
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { alertQueries } from './alerts.ts';
import { incidentQueries } from './incidents.ts';
import { readingQueries } from './readings.ts';
import { refusalQueries } from './refusals.ts';

/** All saved queries, for tables with these names. Names may be CDK tokens. */
export function savedQueries(tables: {
  database: string;
  readings: string;
  alerts: string;
  refused: string;
}): SavedQuery[] {
  const named = (table: string) => `"${tables.database}"."${table}"`;
  return [
    ...readingQueries(named(tables.readings)),
    ...alertQueries(named(tables.alerts), named(tables.readings)),
    ...incidentQueries(named(tables.alerts)),
    ...refusalQueries(named(tables.refused)),
  ];
}
