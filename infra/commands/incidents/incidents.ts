/** `npm run incidents`: what is open now, and what somebody on call does about it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import type { ByHand } from '../../../services/contract/by-hand.ts';
import { activeAt, matches } from '../../../services/contract/silence-window.ts';
import { SEVERITIES, type Severity } from '../../../services/contract/threshold.ts';
import { actionOf, author, comment, gathered, positiveDuration } from '../../cli/arguments.ts';
import { type IncidentFilter, isWanted, listIncidents, type StateTable } from '../../cli/incidents/list.ts';
import { stopSoonSignal } from '../../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import { runAsProgram, runCommandLine } from '../../cli/program.ts';
import { openSilenceStore } from '../../cli/silences.ts';
import { UserError } from '../../cli/user-error.ts';
import { userName } from '../../cli/user-name.ts';
import { changeTable } from '../change-table.ts';
import { CHANGES, changeIncidents } from './change.ts';
import { openIncident, parseId } from './choose.ts';
import type { IncidentsIo } from './io.ts';
import { showIncident } from './show.ts';
import { type Listed, renderIncidents } from './table.ts';

interface Flags extends StackFlags {
  site?: string[];
  rule?: string[];
  severity?: Severity;
  /** Ms. */
  since?: number;
  json?: true;
  watch?: true;
  comment?: string;
  by?: string;
}

const ACTIONS = ['list', 'show', 'ack', 'close'] as const;
type Action = (typeof ACTIONS)[number];

/** How far back `show` looks for an incident that is over. */
const SHOWN_SINCE_MS = 7 * 86_400_000;
/** Every look reads the table: docs/on-call.md says what that costs. */
const WATCH_EVERY_MS = 10_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[3J\u001b[H';
const MAY = {
  read: 'dynamodb:Scan, dynamodb:Query',
  act: 'dynamodb:Scan, dynamodb:UpdateItem, dynamodb:PutItem',
};

const EXAMPLES = `
Examples:
  npm run incidents                     what is open, the worst first
  npm run incidents -- --severity critical --site 'plant-*' --since 2h
  npm run incidents -- show 3fa9c1d2    how it came to that; ids may be short
  npm run incidents -- ack 3fa9c1d2     you have it: no more reminders
  npm run incidents -- close 3fa9c1d2 --comment "pump swapped"

A device that still breaches opens a new incident after close: to mute it, use
npm run silence.
`;

export function runIncidents(argv: string[], io: IncidentsIo, signal: AbortSignal): Promise<number> {
  const command = addStackOptions(
    new Command('npm run incidents --')
      .usage('[list] | show ID | ack ID ... | close ID ... --comment WHY')
      .description('What is open now, and what to do about it.')
      .argument('[action]', `one of ${ACTIONS.join(', ')}`, 'list')
      .argument('[ids...]', 'ids of incidents, or their first characters')
      .option('--site <pattern>', 'list: only sites of this name, with * and ?; repeatable', gathered)
      .option('--rule <pattern>', 'list: only rules of this name, with * and ?; repeatable', gathered)
      .addOption(new Option('--severity <severity>', 'list: only this one and above').choices(SEVERITIES))
      .option(
        '--since <duration>',
        'list: only what began within it; show: look so far back',
        positiveDuration,
      )
      .option('--comment <text>', 'ack, close: why', comment)
      .option('--by <name>', 'ack, close: who (default: the user of this machine)', author),
    'of the local runtime instead of AWS',
  )
    .addOption(new Option('--json', 'list, show: JSON on stdout').conflicts('watch'))
    .option('--watch', `list: look again every ${WATCH_EVERY_MS / 1000} s`)
    .addHelpText('after', EXAMPLES);
  return runCommandLine(command, argv, io, (action: string, ids: string[], flags: Flags) =>
    run(parseAction(action, ids, flags), ids.map(parseId), flags, io, signal),
  );
}

/** @throws UserError, a misuse, for what does not go together */
function parseAction(text: string, ids: readonly string[], { comment, watch, json }: Flags): Action {
  const action = actionOf(ACTIONS, text);
  const [fewest, most] = action === 'list' ? [0, 0] : [1, action === 'show' ? 1 : Infinity];
  if (ids.length < fewest)
    throw UserError.misuse(
      `Expected the id of an incident after ${action}. They are listed by: npm run incidents`,
    );
  if (ids.length > most)
    throw UserError.misuse(`Expected ${most || 'nothing'} after ${action}, got ${ids.join(' ')}`);
  if (action === 'close' && !comment?.trim()) throw UserError.misuse('Expected --comment: why it is closed');
  if (watch && action !== 'list') throw UserError.misuse('--watch goes with list only');
  if (json && (action === 'ack' || action === 'close'))
    throw UserError.misuse('--json goes with list and show only');
  return action;
}

async function run(
  action: Action,
  ids: readonly string[],
  flags: Flags,
  io: IncidentsIo,
  signal: AbortSignal,
): Promise<void> {
  const outputs = await outputsOf(flags);
  switch (action) {
    case 'list':
      return list(outputs, flags, io, signal);
    case 'show':
      return show(outputs, ids[0] ?? '', flags, io, signal);
    case 'ack':
    case 'close':
      return withTable(outputs, MAY.act, (table) =>
        changeIncidents(CHANGES[action], table, ids, byHandOf(flags, io), (line) => io.stdout(`${line}\n`)),
      );
  }
}

const byHandOf = ({ by, comment }: Flags, io: IncidentsIo): ByHand => ({
  ...{ by: by ?? io.user(), at: new Date(io.now()).toISOString() },
  ...(comment !== undefined && { comment }),
});

const withTable = <T>(outputs: StackOutputs, may: string, use: (table: StateTable) => Promise<T>) =>
  changeTable(
    outputs,
    outputs.StateTableName,
    (client) => use({ client, name: outputs.StateTableName }),
    may,
  );

async function list(
  outputs: StackOutputs,
  flags: Flags,
  io: IncidentsIo,
  signal: AbortSignal,
): Promise<void> {
  do {
    const filter = filterOf(flags, io.now());
    const open = await withTable(outputs, MAY.read, (table) => listed(table, io.now()));
    const found = open.filter((incident) => isWanted(incident, filter));
    if (flags.json) io.stdout(found.map((incident) => `${JSON.stringify(incident)}\n`).join(''));
    else {
      const time = flags.watch ? `${new Date(io.now()).toISOString().slice(0, 19)}Z  Ctrl-C ends this\n` : '';
      io.stdout(
        `${flags.watch && io.isTerminal ? CLEAR_SCREEN : ''}${time}${renderIncidents(found, open.length, io.now(), io.width)}`,
      );
    }
    // Rejects when it is aborted, which ends the loop.
    if (flags.watch) await sleep(WATCH_EVERY_MS, undefined, { signal }).catch(() => undefined);
  } while (flags.watch && !signal.aborted);
}

/** All of them, each with the silence because of which nobody is told. */
async function listed(table: StateTable, nowMs: number): Promise<Listed[]> {
  const [found, silences] = await Promise.all([
    listIncidents(table),
    openSilenceStore(table.client, table.name).list(),
  ]);
  const active = silences.filter((silence) => activeAt(silence, nowMs));
  return found.map((incident) => {
    const silence = active.find((one) => matches(one, incident));
    return silence ? { ...incident, silenced_by: silence.id } : incident;
  });
}

const filterOf = ({ site, rule, severity, since }: Flags, nowMs: number): IncidentFilter => ({
  ...(site && { sites: site }),
  ...(rule && { rules: rule }),
  ...(severity && { severity }),
  ...(since !== undefined && { sinceMs: nowMs - since }),
});

async function show(
  outputs: StackOutputs,
  id: string,
  flags: Flags,
  io: IncidentsIo,
  signal: AbortSignal,
): Promise<void> {
  const open = await withTable(outputs, MAY.read, (table) => openIncident(table, id));
  const { since: sinceMs = SHOWN_SINCE_MS, json = false } = flags;
  await showIncident({ id, open, sinceMs, json }, outputs, io, signal);
}

await runAsProgram(import.meta.url, (argv, io) =>
  runIncidents(
    argv,
    {
      ...io,
      width: process.stdout.columns ?? 80,
      isTerminal: process.stdout.isTTY === true,
      user: userName,
      now: Date.now,
    },
    stopSoonSignal(),
  ),
);
