/** `npm run query -- [NAME | SQL]`: history from Athena, in AWS or in the local runtime. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { SavedQuery } from '../../../services/contract/saved-query.ts';
import { Athena, type QueryResult } from '../../cli/athena-client.ts';
import { formatCost, PRICE_NOTE } from '../../cli/athena-price.ts';
import { stopSoonSignal } from '../../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { sameStack } from '../../cli/same-stack.ts';
import { formatBytes, plural, wrap } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { toCsv, toJson } from './output.ts';
import { chooseQuery, countPlaceholders, toExecutionParameters } from './request.ts';
import { renderSparklines } from './sparkline.ts';
import { renderTable } from './table.ts';

export interface QueryIo extends Io {
  /** Width of the screen in characters. */
  width: number;
}

interface Flags extends StackFlags {
  json?: true;
  csv?: true;
  file?: string;
}

const EXAMPLES = `
Examples:
  npm run query                                    the saved queries
  npm run query -- hottest-devices                 one of them
  npm run query -- device-last-hour dev-1 --local  with its parameter
  npm run query -- "SELECT count(*) FROM readings WHERE dt = '2026-01-31'"
  npm run query -- --file mine.sql                 SQL of several lines
  npm run query -- - < mine.sql                    the same, piped in or typed
  npm run -s query -- fleet-now --json | jq        -s keeps npm's own lines out

A parameter that is a number is passed as one; write "'42'" for the text 42.
`;

/** @param readInput all that is piped in */
export function runQuery(
  argv: string[],
  io: QueryIo,
  signal: AbortSignal,
  readInput: () => Promise<string> = () => text(process.stdin),
): Promise<number> {
  const command = addStackOptions(
    new Command('npm run query --')
      .usage('[NAME | SQL | -] [PARAMETER ...] [--local [--dir DIR]] [--json | --csv]')
      .description('Query the history. Without a name: the saved queries, and what each answers.')
      .argument('[query]', 'name of a saved query, SQL in quotes, or - for SQL from the input')
      .argument('[parameters...]', 'values for the ? of the query, in order'),
    'ask the local runtime instead of AWS',
  )
    .addOption(new Option('--json', 'rows as JSON on stdout').conflicts('csv'))
    .addOption(new Option('--csv', 'rows as CSV on stdout').conflicts('json'))
    .option('--file <path>', 'SQL from a file, in place of a query; parameters may follow')
    .addHelpText('after', EXAMPLES);
  return runCommandLine(
    command,
    argv,
    io,
    async (query: string | undefined, parameters: string[], flags: Flags) =>
      answer({ ...(await readQuery(query, parameters, flags, readInput)), flags }, io, signal),
  );
}

/** @throws UserError, a misuse, where nothing can be read */
async function readQuery(
  query: string | undefined,
  parameters: string[],
  { file }: Flags,
  readInput: () => Promise<string>,
): Promise<Pick<Asked, 'query' | 'parameters'>> {
  if (file !== undefined) {
    return {
      query: inOne(readSql(file), file),
      parameters: query === undefined ? [] : [query, ...parameters],
    };
  }
  return query === '-' ? { query: inOne(await readInput(), 'the input'), parameters } : { query, parameters };
}

function readSql(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw UserError.misuse(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Athena takes one statement, without the semicolon at its end. */
function inOne(sql: string, source: string): string {
  const statement = sql.trim().replace(/;$/, '').trimEnd();
  if (statement !== '') return `${statement}\n`;
  throw UserError.misuse(`Expected SQL in ${source}, got nothing`);
}

interface Asked {
  query: string | undefined;
  parameters: string[];
  flags: Flags;
}

async function answer({ query, parameters, flags }: Asked, io: QueryIo, signal: AbortSignal): Promise<void> {
  const athena = new Athena(await outputsOf(flags));
  try {
    if (query === undefined) {
      list(await athena.savedQueries(), flags, io);
      return;
    }
    const sql = await chooseQuery(query, parameters, () => athena.savedQueries());
    const result = await athena.run(sql, parameters.map(toExecutionParameters), signal);
    print(result, flags, io);
  } finally {
    athena.close();
  }
}

function print(result: QueryResult, flags: Flags, io: QueryIo): void {
  if (flags.json) io.stdout(toJson(result));
  else if (flags.csv) io.stdout(toCsv(result));
  else {
    io.stdout(renderTable(result, io.width));
    const series = renderSparklines(result);
    if (series) io.stdout(`\n${series}`);
  }
  io.stderr(`\n${summary(result)}\n`);
}

function summary({ rows, scannedBytes, durationMs }: QueryResult): string {
  const count = `${plural(rows.length, 'row')} in ${durationMs} ms`;
  if (scannedBytes === undefined) return count;
  return `${count}, ${formatBytes(scannedBytes)} scanned: ${formatCost(scannedBytes)} on AWS\n(${PRICE_NOTE})`;
}

function list(saved: SavedQuery[], flags: Flags, io: QueryIo): void {
  const columns = [
    { name: 'name', type: 'varchar' },
    { name: 'answers', type: 'varchar' },
    ...(flags.json || flags.csv ? [{ name: 'sql', type: 'varchar' }] : []),
  ];
  const rows = saved.map(({ name, description, sql }) => [name, description, sql]);
  if (flags.json) io.stdout(toJson({ columns, rows }));
  else if (flags.csv) io.stdout(toCsv({ columns, rows }));
  else
    for (const { name, description } of saved) {
      io.stdout(`${[name, ...wrap(description, '  ', io.width)].join('\n')}\n`);
    }
  if (saved.length === 0) io.stderr('The workgroup has no saved queries.\n');
  else io.stderr(`\nRun one with: npm run query -- ${easiest(saved)}${sameStack(flags)}\n`);
}

/** The first saved query without parameters. */
const easiest = (saved: SavedQuery[]): string =>
  (saved.find(({ sql }) => countPlaceholders(sql) === 0) ?? saved[0])?.name ?? '';

await runAsProgram(import.meta.url, (argv, io) =>
  runQuery(argv, { ...io, width: process.stdout.columns ?? 80 }, stopSoonSignal()),
);
