/** A query that a deployment saves in its Athena workgroup: written by the template, read by commands and page. */
export interface SavedQuery {
  /** Kebab-case: what `npm run query` takes. */
  name: string;
  /** What it answers, in one line; ends with `Parameter: …` where the SQL has a `?`. */
  description: string;
  /** Athena (Trino) SQL. Parameters are `?`. */
  sql: string;
}

/** `DEVICE_ID` in “… Parameter: DEVICE_ID” of a description. */
const PARAMETERS = /Parameters?: ([A-Z_]+(?:, [A-Z_]+)*)$/;

/** A description's words, and the names of the query's `?` in order. */
export const splitDescription = (description: string): { text: string; parameters: string[] } => ({
  text: description.replace(PARAMETERS, '').trim(),
  parameters: PARAMETERS.exec(description)?.[1]?.split(', ') ?? [],
});
