/** Types as the engine names them, and what Athena makes of them: what compares with what, what a function takes. */

/** Some number: which one, only the engine knows. */
export const NUMBER = 'NUMBER';
export const isWhole = (type: string) => /^(?:TINY|SMALL|BIG|HUGE)INT$|^INTEGER$/.test(type);
const isFloating = (type: string) => type === 'DOUBLE' || type === 'FLOAT';
const isDecimal = (type: string) => type.startsWith('DECIMAL');

export const FAMILIES = {
  text: (type: string) => type === 'VARCHAR' || type === 'JSON',
  boolean: (type: string) => type === 'BOOLEAN',
  number: (type: string) => type === NUMBER || isWhole(type) || isFloating(type) || isDecimal(type),
  whole: isWhole,
  floating: isFloating,
  real: (type: string) => type === 'FLOAT',
  decimal: isDecimal,
  date: (type: string) => type === 'DATE',
  time: (type: string) => type === 'DATE' || type.startsWith('TIMESTAMP'),
  /** No array, map or row. */
  plain: (type: string) => !/\]$|^(?:MAP|STRUCT)\(/.test(type),
  printable: (type: string) => type !== 'INTERVAL',
  joinable: (type: string) => ['VARCHAR[]', 'INTEGER[]', 'BIGINT[]', '"NULL"[]'].includes(type),
  steppable: (type: string) => isWhole(type) || type === 'DATE' || type === 'TIMESTAMP',
};

export type Family = keyof typeof FAMILIES;

/** Does the name of the type tell whether it is of this family? */
export const tells = (type: string, family: Family): boolean =>
  type !== NUMBER || !['whole', 'floating', 'real', 'decimal', 'steppable'].includes(family);

export const NULL = '"NULL"';

/** Is a value of this type of this family, or NULL? */
export const isOf = (type: string, family: Family): boolean => type === NULL || FAMILIES[family](type);

/** Can values of these types be compared in Athena? Undefined where the types nest: the engine itself answers that. */
export function areComparable(a: string, b: string): boolean | undefined {
  if (a.includes(NULL) || b.includes(NULL) || a === b) return true;
  if (!FAMILIES.plain(a) || !FAMILIES.plain(b)) return undefined;
  return (['number', 'time'] as const).some((family) => FAMILIES[family](a) && FAMILIES[family](b));
}
