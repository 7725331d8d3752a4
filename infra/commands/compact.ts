/** `npm run compact`: takes the newest readings into the trusted layer now, in AWS or in the local runtime. */
import { Command } from 'commander';
import { formatTimestamp } from '../../services/contract/reading.ts';
import {
  countStatement,
  daysToLookBack,
  lastDays,
  MAX_LATENESS_DAYS,
  mergeStatement,
  OPTIMIZE_STATEMENT,
  type SendingDays,
  TRUSTED_TABLE,
  VACUUM_STATEMENT,
} from '../../services/contract/trusted.ts';
import { duration, expected } from '../cli/arguments.ts';
import { Athena, type QueryResult } from '../cli/athena-client.ts';
import { stopSoonSignal } from '../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../cli/program.ts';
import { formatNumber } from '../cli/text.ts';
import { UserError } from '../cli/user-error.ts';

export interface CompactIo extends Io {
  now(): number;
}

interface Flags extends StackFlags {
  since?: number;
  json?: true;
}

/** The result of a run. */
export interface CompactResult {
  /** The first day of sending that was read, YYYY-MM-DD. */
  since: string;
  raw: { rows: number; repeats: number; notAdmitted: number };
  trusted: { before: number; after: number; added: number };
  durationsMs: { merge: number; optimize: number; vacuum: number };
}

const DAY_MS = 86_400_000;
/** How far the nightly job looks back. */
const DEFAULT_DAYS = daysToLookBack(24);
const MAX_DAYS = 3660;

const NOTES = `
A schedule does the same every night, and run again it changes nothing.
docs/trusted-layer.md says which readings are the same, and which come too late.

Examples:
  npm run compact -- --local
  npm run compact -- --since 30d     after a long outage, or for old readings
`;

export function runCompact(argv: string[], io: CompactIo, signal: AbortSignal): Promise<number> {
  const command = addStackOptions(
    new Command('npm run compact --')
      .usage('[--local [--dir DIR]] [--since 3d] [--json]')
      .description('Take new readings into the trusted layer: each once, with real times, sorted by device.'),
    'in the local runtime instead of AWS',
  )
    .option('--since <time>', `look at what was sent since then (default: ${DEFAULT_DAYS}d)`, parseSince)
    .option('--json', 'figures as JSON on stdout')
    .addHelpText('after', NOTES);
  return runCommandLine(command, argv, io, async (flags: Flags) => {
    const result = await compact(flags, io, signal);
    io.stdout(flags.json ? `${JSON.stringify(result, undefined, 2)}\n` : render(result));
  });
}

/** Days, rounded up. */
function parseSince(text: string): number {
  const days = Math.ceil(duration(text) / DAY_MS);
  if (days >= 1 && days <= MAX_DAYS) return days;
  throw expected(`from 1d to ${MAX_DAYS}d`, text);
}

async function compact(flags: Flags, io: CompactIo, signal: AbortSignal): Promise<CompactResult> {
  const outputs = await outputsOf(flags);
  const { MaintenanceWorkGroupName: workGroup, ReadingsTableName: readings } = outputs;
  if (workGroup === undefined) {
    const fix = outputs.Endpoint === undefined ? 'Deploy it: npm run deploy' : 'Restart: npm start';
    throw new UserError(`This stack has no trusted layer yet. ${fix}`);
  }
  const athena = new Athena({ ...outputs, WorkGroupName: workGroup });
  const run = (sql: string) => athena.run(sql, [], signal);
  try {
    const days = flags.since ?? DEFAULT_DAYS;
    const since = dayOf(io.now() - days * DAY_MS);
    const before = await countTrusted(run);
    const raw = numbers(await run(countStatement(readings, lastDays(days))));
    const durationsMs = { merge: 0, optimize: 0, vacuum: 0 };
    for (const part of slices(flags.since, io.now())) {
      durationsMs.merge += (await run(mergeStatement(readings, part))).durationMs;
    }
    durationsMs.optimize = (await run(OPTIMIZE_STATEMENT)).durationMs;
    durationsMs.vacuum = (await run(VACUUM_STATEMENT)).durationMs;
    const after = await countTrusted(run);
    const [rows = 0, admitted = 0, distinct = 0] = raw;
    return {
      since,
      raw: { rows, repeats: admitted - distinct, notAdmitted: rows - admitted },
      trusted: { before, after, added: after - before },
      durationsMs,
    };
  } finally {
    athena.close();
  }
}

/** All days at once, like the nightly job; with `days` one by one, as a statement can open at most 100 partitions. */
function slices(days: number | undefined, now: number): SendingDays[] {
  if (days === undefined) return [lastDays(DEFAULT_DAYS)];
  // A clock that runs ahead may have sent tomorrow already.
  return Array.from({ length: days + 2 }, (_, i) => {
    const day = `'${dayOf(now - (days - i) * DAY_MS)}'`;
    return { first: day, last: day };
  });
}

const dayOf = (epochMs: number) => formatTimestamp(epochMs).slice(0, 10);

type Run = (sql: string) => Promise<QueryResult>;

const numbers = ({ rows }: QueryResult): number[] => (rows[0] ?? []).map((value) => Number(value ?? 0));

async function countTrusted(run: Run): Promise<number> {
  const [count = 0] = numbers(await run(`SELECT count(*) FROM ${TRUSTED_TABLE}`));
  return count;
}

function render({ since, raw, trusted, durationsMs }: CompactResult): string {
  const lines: [string, number, string?][] = [
    [`Raw rows, from ${since} on`, raw.rows],
    ['  repeats of another', raw.repeats],
    ['  not taken in', raw.notAdmitted, `no time or number, or over ${MAX_LATENESS_DAYS} d late`],
    ['Trusted readings before', trusted.before],
    ['Trusted readings now', trusted.after, `${formatNumber(trusted.added)} more`],
  ];
  const text = lines.map(([label, count, note]) => {
    const figure = `${label.padEnd(28)} ${formatNumber(count).padStart(13)}`;
    return `${note && count > 0 ? `${figure}  ${note}` : figure}\n`;
  });
  const { merge, optimize, vacuum } = durationsMs;
  return `${text.join('')}Merged in ${merge} ms, optimized in ${optimize} ms, vacuumed in ${vacuum} ms\n`;
}

await runAsProgram(import.meta.url, (argv, io) =>
  runCompact(argv, { ...io, now: Date.now }, stopSoonSignal()),
);
