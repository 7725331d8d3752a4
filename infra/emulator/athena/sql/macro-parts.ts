/** What macros are made of: conditions on the type of an argument, and a choice by types. */
export const isFloating = (x: string) => `typeof(${x}) IN ('DOUBLE', 'FLOAT')`;
export const isDecimal = (x: string) => `typeof(${x}) LIKE 'DECIMAL%'`;
export const isText = (x: string) => `typeof(${x}) = 'VARCHAR'`;
export const isInteger = (x: string) =>
  `typeof(${x}) IN ('TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT', 'HUGEINT')`;
export const isNumber = (x: string) =>
  `regexp_matches(typeof(${x}), '^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|DOUBLE|FLOAT|DECIMAL.*)$')`;
export const isDate = (x: string) => `typeof(${x}) = 'DATE'`;
export const isNull = (x: string) => `typeof(${x}) = '"NULL"'`;
export const isTime = (x: string) => `regexp_matches(typeof(${x}), '^(DATE|TIMESTAMP.*)$')`;

/**
 * Of several expressions the one that the types of the arguments choose. Its type is that of the whole, where a CASE
 * would take the widest of all. Every one is computed: one that can fail or cost must rule itself out by a CASE.
 */
export const byType = (choices: Record<string, string>, choice: string) =>
  `struct_extract({${Object.entries(choices).map(([name, sql]) => `'${name}': ${sql}`)}}, ${choice})`;

/** Choices of {@link byType} that are errors: there is no such function or operator for these types. */
export const noFunction = (name: string, ...args: string[]) =>
  `'!arguments@@${name}|' || ${args.map((arg) => `typeof(${arg})`).join(" || '|' || ")}`;
