/** What the arguments ask for: a saved query or SQL, with values for its parameters. */
import { QueryCommandError, type SavedQuery } from '../../cli/athena-client.ts';

const SQL = /^\s*(?:--|\/\*|\(|(?:select|with|values|show|describe|desc|explain)\b)/i;

/**
 * SQL of the query, checked against the number of parameters.
 * @throws QueryCommandError for an unknown name (with the nearest ones) or the wrong number of parameters
 */
export async function chooseQuery(
  query: string,
  parameters: string[],
  saved: () => Promise<SavedQuery[]>,
): Promise<string> {
  if (SQL.test(query) || /\s/.test(query.trim())) {
    checkParameters(query, parameters, 'The query');
    return query;
  }
  const all = await saved();
  const found = all.find(({ name }) => name === query);
  if (!found) throw new QueryCommandError(unknown(query, all));
  checkParameters(found.sql, parameters, found.name, found.description);
  return found.sql;
}

function unknown(query: string, all: SavedQuery[]): string {
  const near = all
    .map(({ name }) => ({ name, distance: distance(query.toLowerCase(), name) }))
    .filter(
      ({ name, distance: far }) => far <= Math.max(2, query.length / 3) || name.includes(query.toLowerCase()),
    )
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'npm run query lists them.';
  return `There is no saved query "${query}". ${hint}`;
}

function checkParameters(sql: string, parameters: string[], what: string, description = ''): void {
  const wanted = countPlaceholders(sql);
  if (wanted === parameters.length) return;
  const plural = (count: number) => `${count} ${count === 1 ? 'parameter' : 'parameters'}`;
  throw new QueryCommandError(
    `${what} takes ${plural(wanted)}, got ${parameters.length}.${description ? `\n${description}` : ''}`,
  );
}

/** `?` outside of text, names and comments. */
export function countPlaceholders(sql: string): number {
  const tokens = sql.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|\?/g);
  return [...tokens].filter(([token]) => token === '?').length;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const QUOTED = /^'(?:[^']|'')*'$/;

/** Athena takes parameters as SQL expressions: a number as it is, text in single quotes. */
export function toExecutionParameters(value: string): string {
  return NUMBER.test(value) || QUOTED.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

/** Levenshtein distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const swapped = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(swapped, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
