/** SHOW and DESCRIBE: what Hive answers in Athena, from the catalog. What is not of these forms may well be one there. */
import type { CatalogColumn, CatalogTable } from '../glue/catalog.ts';
import { checkCatalogOfQuery } from './query/data-catalog.ts';
import type { Row } from './query/results.ts';
import { type Lake, resolveTable } from './query/tables.ts';
import { QueryError, refuse } from './sql/refusal.ts';
import type { Token } from './sql/tokens.ts';

export interface Text {
  columns: string[];
  rows: Row[];
}

const list = (column: string, values: string[]): Text => ({
  columns: [column],
  rows: values.map((value) => [value]),
});
const word = (token: Token | undefined) => (token?.kind === 'word' ? token.text.toUpperCase() : '');
const isOf = (token: Token | undefined) => ['IN', 'FROM'].includes(word(token));

/** @param database that of the query's context */
export function show(tokens: Token[], database: string | undefined, lake: Lake): Text {
  const what = word(tokens[1]);
  const rest = tokens.slice(2);
  switch (what) {
    case 'DATABASES':
    case 'SCHEMAS':
      return list('database_name', matching(databases(lake), pattern(rest, what, true)));
    case 'TABLES':
      return showTables(rest, database, lake);
    case 'COLUMNS': {
      const table = tableOfColumns(rest, database, lake);
      return list(
        'field',
        [...table.columns, ...table.partitionKeys].map(({ name }) => name),
      );
    }
    case 'PARTITIONS':
      // Athena lists registered partitions, and a projected table has none.
      tableNamed(rest, database, lake, `SHOW ${what}`);
      return list('partition', []);
    default:
      throw refuse(`SHOW ${what}`);
  }
}

const databases = (lake: Lake) => [...new Set(lake.tables.map((table) => table.database))].sort();

/** `[IN [catalog.]database] [[LIKE] 'pattern']` */
function showTables(rest: Token[], database: string | undefined, lake: Lake): Text {
  const named = isOf(rest[0]) ? names(rest.slice(1)) : [];
  const after = named.length > 0 ? rest.slice(2 * named.length) : rest;
  const wanted = (
    named.length > 0 ? databaseOf(named, 'SHOW TABLES') : (database ?? 'default')
  ).toLowerCase();
  const filter = pattern(after, 'TABLES', false);
  if (!databases(lake).some((one) => one.toLowerCase() === wanted)) {
    throw new QueryError('FAILED', `SemanticException [Error 10072]: Database does not exist: ${wanted}`);
  }
  const tables = lake.tables.filter((table) => table.database.toLowerCase() === wanted);
  return list('tab_name', matching(tables.map(({ name }) => name).sort(), filter));
}

/** `{FROM | IN} [database.]table [{FROM | IN} database]` */
function tableOfColumns(rest: Token[], database: string | undefined, lake: Lake): CatalogTable {
  if (!isOf(rest[0])) throw refuse('SHOW COLUMNS but FROM or IN a table');
  const last = rest.length === 4 && isOf(rest[2]) ? names(rest.slice(3)) : [];
  return last.length === 1
    ? tableNamed(rest.slice(1, 2), last[0], lake, 'SHOW COLUMNS')
    : tableNamed(rest.slice(1), database, lake, 'SHOW COLUMNS');
}

/** Names joined by dots from the first token on, without their quotes. */
function names(tokens: Token[]): string[] {
  const found: string[] = [];
  for (let i = 0; i < tokens.length; i += 2) {
    const token = tokens[i];
    if (token?.kind !== 'word' && token?.kind !== 'quoted') break;
    found.push(token.text.replace(/^(["`])([\s\S]*)\1$/, '$2'));
    if (tokens[i + 1]?.text !== '.') break;
  }
  return found;
}

function databaseOf(path: string[], where: string): string {
  const [name = '', catalog] = path.toReversed();
  if (path.length > 2) throw refuse(`${where} in ${path.join('.')}`);
  checkCatalogOfQuery(catalog);
  return name;
}

/** All of `tokens` as a table. @throws QueryError */
function tableNamed(tokens: Token[], database: string | undefined, lake: Lake, what: string): CatalogTable {
  const path = names(tokens);
  if (path.length === 0 || path.length > 3 || tokens.length !== 2 * path.length - 1) {
    throw refuse(`${what} with anything but the name of a table`);
  }
  const [table_name = '', schema_name = '', catalog_name = ''] = path.toReversed();
  return resolveTable(lake.tables, database, { catalog_name, schema_name, table_name });
}

/** `[LIKE] 'pattern'`, where that is all there is. */
function pattern(tokens: Token[], what: string, needsLike: boolean): string | undefined {
  if (tokens.length === 0) return undefined;
  const like = word(tokens[0]) === 'LIKE';
  const [text, ...more] = like ? tokens.slice(1) : tokens;
  if (text?.kind !== 'string' || more.length > 0 || (needsLike && !like))
    throw refuse(`SHOW ${what} of this form`);
  return text.text.slice(1, -1).replaceAll("''", "'");
}

/** Hive's patterns know `*` (or `.*`) for any characters and `|` for a choice. `%` is a character like any other. */
function matching(all: string[], filter: string | undefined): string[] {
  if (filter === undefined) return all;
  const choices = filter.split('|').map((choice) =>
    choice
      .split(/\.?\*/)
      .map((part) => part.replace(/[\\^$.+?()[\]{}]/g, '\\$&'))
      .join('.*'),
  );
  const whole = new RegExp(`^(?:${choices.join('|')})$`, 'i');
  return all.filter((name) => whole.test(name));
}

export function describe(tokens: Token[], database: string | undefined, lake: Lake): Text {
  const mode = word(tokens[1]);
  if (/^(EXTENDED|FORMATTED|INPUT|OUTPUT)$/.test(mode) && tokens.length > 2) throw refuse(`DESCRIBE ${mode}`);
  const table = tableNamed(tokens.slice(1), database, lake, 'DESCRIBE');
  const row = ({ name, type, comment }: CatalogColumn): Row => [name, type, comment];
  const partitions: Row[] =
    table.partitionKeys.length === 0
      ? []
      : [
          ['', '', ''],
          ['# Partition Information', '', ''],
          ['# col_name', 'data_type', 'comment'],
          ['', '', ''],
        ];
  return {
    columns: ['col_name', 'data_type', 'comment'],
    rows: [
      ...[...table.columns, ...table.partitionKeys].map(row),
      ...partitions,
      ...table.partitionKeys.map(row),
    ],
  };
}
