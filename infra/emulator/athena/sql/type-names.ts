/** The engine's names of types → Athena's, for messages. */

const NAMES: Record<string, string> = {
  '"NULL"': 'unknown',
  FLOAT: 'real',
  HUGEINT: 'bigint',
  UBIGINT: 'bigint',
  INTEGER_LITERAL: 'integer',
  STRING_LITERAL: 'varchar',
  TIMESTAMP: 'timestamp(3)',
  'TIMESTAMP WITH TIME ZONE': 'timestamp(3) with time zone',
  INTERVAL: 'interval day to second',
  BLOB: 'varbinary',
};

/** `STRUCT(a INTEGER, b VARCHAR[])` → `row(a integer, b array(varchar))`. Upper or lower case. */
export function athenaType(type: string): string {
  const name = type
    .trim()
    .toUpperCase()
    .replace(/^NULL$/, '"NULL"');
  if (name.endsWith('[]')) return `array(${athenaType(type.trim().slice(0, -2))})`;
  const nested = /^(MAP|STRUCT)\((.*)\)$/s.exec(name);
  if (!nested) return NAMES[name] ?? name.toLowerCase();
  const parts = splitTypes(nested[2] ?? '');
  if (nested[1] === 'MAP') return `map(${parts.map(athenaType).join(', ')})`;
  return `row(${parts.map(field).join(', ')})`;
}

/** `name TYPE`, or a type alone. */
function field(part: string): string {
  const [, name, type] = /^("(?:[^"]|"")+"|[A-Z_]\w*) (?!WITH )(.+)$/s.exec(part) ?? [];
  return name !== undefined && type !== undefined
    ? `${name.toLowerCase()} ${athenaType(type)}`
    : athenaType(part);
}

/** Splits at the commas outside of parentheses. */
export function splitTypes(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < list.length; i++) {
    if (list[i] === '(') depth++;
    else if (list[i] === ')') depth--;
    else if (list[i] === ',' && depth === 0) {
      parts.push(list.slice(from, i).trim());
      from = i + 1;
    }
  }
  return [...parts, list.slice(from).trim()].filter((part) => part !== '');
}
