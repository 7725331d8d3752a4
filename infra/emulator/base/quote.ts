/** Values and names in the text of a SQL statement. */

/** Text as a SQL literal. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;
/** A name as a SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
