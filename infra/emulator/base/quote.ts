/** Text as a SQL literal. */
export const literal = (value: string): string => `'${value.replaceAll("'", "''")}'`;
/** A name as a SQL identifier. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
