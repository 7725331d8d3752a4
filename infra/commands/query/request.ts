/** The query that the arguments ask for: a saved one or SQL, with values for its parameters. */
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { plural } from '../../cli/text.ts';
import { didYouMean, UserError } from '../../cli/user-error.ts';

const SQL = /^\s*(?:--|\/\*|\(|(?:select|with|values|show|describe|desc|explain)\b)/i;

/**
 * SQL of the query, checked against the number of parameters.
 * @throws UserError, a misuse, for an unknown name (with the nearest ones) or the wrong number of parameters
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
  if (!found) {
    const names = all.map(({ name }) => name);
    const hint = didYouMean(query, names, 'npm run query lists them.');
    throw UserError.misuse(`There is no saved query "${query}". ${hint}`);
  }
  checkParameters(found.sql, parameters, found.name, found.description);
  return found.sql;
}

function checkParameters(sql: string, parameters: string[], what: string, description = ''): void {
  const wanted = countPlaceholders(sql);
  if (wanted === parameters.length) return;
  const problem = `${what} takes ${plural(wanted, 'parameter')}, got ${parameters.length}.`;
  throw UserError.misuse(description ? `${problem}\n${description}` : problem);
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
