/** The queries that every deployment saves in its Athena workgroup: what an operator asks first. */
import { readingQueries } from './queries/readings.ts';

export interface SavedQuery {
  /** Kebab-case: what `npm run query` takes. */
  name: string;
  /** What it answers, in one line; ends with `Parameter: …` where the SQL has a `?`. */
  description: string;
  /** Athena (Trino) SQL. Parameters are `?`. */
  sql: string;
}

/** All of them, over tables of these names. Names may be CDK tokens. */
export function savedQueries(tables: { database: string; readings: string; alerts: string }): SavedQuery[] {
  return [...readingQueries(`"${tables.database}"."${tables.readings}"`)];
}
