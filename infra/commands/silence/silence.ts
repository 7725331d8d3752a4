/** `npm run silence`: for a time, nobody is told of incidents that match. */
import { Command } from 'commander';
import type { Silence } from '../../../services/contract/silence-schema.ts';
import { SEVERITIES } from '../../../services/contract/threshold.ts';
import { actionOf, author, comment, gathered, positiveDuration } from '../../cli/arguments.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { sameStack } from '../../cli/same-stack.ts';
import { openSilenceStore, type SilenceStore, stateOf } from '../../cli/silences.ts';
import { UserError } from '../../cli/user-error.ts';
import { changeTable } from '../change-table.ts';
import { asJson, listing, whatOf, whenOf } from './listing.ts';
import { type Asked, silenceOf } from './request.ts';

interface Flags extends StackFlags, Asked {
  all?: true;
  json?: true;
}

const ACTIONS = ['add', 'list', 'end'] as const;
type Action = (typeof ACTIONS)[number];

export function runSilence(argv: string[], io: Io): Promise<number> {
  const command = addStackOptions(
    new Command('npm run silence --')
      .usage('add --site SITE --for 2h --comment WHY | list | end ID')
      .description('For a time, tell nobody of incidents that match. They go on, and are history.')
      .argument('[action]', `one of ${ACTIONS.join(', ')}`)
      .argument('[id]', 'of the silence to end; may be shortened')
      .option('--site <pattern>', 'incidents at this site, with * and ?; repeat it for more', gathered)
      .option('--device <pattern>', 'of this device, in the same way', gathered)
      .option('--rule <pattern>', 'of this rule, such as temperature-*, in the same way', gathered)
      .option('--severity <severity>', `of this severity: ${SEVERITIES.join(' or ')}`, gathered)
      .option('--for <duration>', 'how long, such as 2h', positiveDuration)
      .option('--from <time>', 'when it begins: a duration from now, or a time (default: now)')
      .option('--until <time>', 'when it ends, instead of --for')
      .option('--weekly <window>', 'every week, such as "Sun 02:00-04:00" or "Mon-Fri 22:00-06:00"')
      .option('--zone <zone>', 'of these times, such as Europe/Berlin or UTC')
      .option('--comment <why>', 'why, for those who wonder', comment)
      .option('--by <who>', 'who (default: your user name)', author)
      .option('--all', 'list also those that are over'),
    'at the local runtime instead of AWS',
  )
    .option('--json', 'as JSON on stdout, one silence a line')
    .addHelpText(
      'after',
      [
        '',
        'All that is given must match. What still fires when a silence ends is told then;',
        'what is over by then is not. A silence takes effect, and ends, within 30 s.',
        'docs/alerting.md#silences',
      ].join('\n'),
    );
  return runCommandLine(
    command,
    argv,
    io,
    (action: string | undefined, id: string | undefined, flags: Flags) =>
      run(parseAction(action, id), id ?? '', flags, io),
  );
}

function parseAction(text: string | undefined, id: string | undefined): Action {
  const action = actionOf(ACTIONS, text);
  if (action === 'end' && id === undefined) {
    throw UserError.misuse('Expected the id of a silence. List them with: npm run silence -- list');
  }
  if (action !== 'end' && id !== undefined) {
    throw UserError.misuse(`Expected nothing after ${action}, got "${id}"`);
  }
  return action;
}

async function run(action: Action, id: string, flags: Flags, io: Io): Promise<void> {
  const nowMs = Date.now();
  // Before anything else, so that a mistake costs no call.
  const asked = action === 'add' ? silenceOf(flags, nowMs) : undefined;
  const outputs = await outputsOf(flags);
  await changeTable(outputs, outputs.StateTableName, async (client) => {
    const store = openSilenceStore(client, outputs.StateTableName);
    if (asked) return add(asked, store, flags, io);
    if (action === 'end') return end(id, nowMs, store, flags, io);
    const all = await store.list();
    const shown = flags.all ? all : all.filter((silence) => stateOf(silence, nowMs) !== 'over');
    if (flags.json) return io.stdout(asJson(shown, nowMs));
    const none = `There are no silences. Add one: npm run silence -- add --site SITE --for 2h --comment WHY${sameStack(flags)}\n`;
    io.stdout(shown.length === 0 ? none : listing(shown, nowMs));
  });
}

async function add(asked: Omit<Silence, 'id'>, store: SilenceStore, flags: Flags, io: Io): Promise<void> {
  const silence = await store.add(asked);
  if (flags.json) io.stdout(asJson([silence], Date.now()));
  io.stderr(
    `Silence ${silence.id}: nobody is told of ${whatOf(silence)}, ${whenOf(silence)}.\n` +
      `End it early: npm run silence -- end ${silence.id}${sameStack(flags)}\n`,
  );
}

async function end(id: string, nowMs: number, store: SilenceStore, flags: Flags, io: Io): Promise<void> {
  const silence = await store.end(id, nowMs);
  if (flags.json) io.stdout(asJson([silence], nowMs));
  io.stderr(`Silence ${silence.id} is over: what still fires is told within two minutes.\n`);
}

await runAsProgram(import.meta.url, runSilence);
