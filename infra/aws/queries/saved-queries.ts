/** The queries that every deployment saves in its Athena workgroup: the ones an operator needs first. */
import { alertQueries } from './alerts.ts';
import { readingQueries } from './readings.ts';
import type { SavedQuery } from './saved-query.ts';

/** All saved queries, for tables with these names. Names may be CDK tokens. */
export function savedQueries(tables: { database: string; readings: string; alerts: string }): SavedQuery[] {
  const named = (table: string) => `"${tables.database}"."${table}"`;
  return [
    ...readingQueries(named(tables.readings)),
    ...alertQueries(named(tables.alerts), named(tables.readings)),
  ];
}
