/** `npm run channel`: where alerts go besides e-mail. */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { Command, Option } from 'commander';
import {
  CHANNEL_KINDS,
  type Channel,
  type ChannelFilter,
  type ChannelKind,
  channelSchema,
  isChannelName,
  SERVICE_URLS,
} from '../../../services/contract/channel.ts';
import { SEVERITIES, type Severity } from '../../../services/contract/threshold.ts';
import { actionOf, gathered } from '../../cli/arguments.ts';
import { PATIENCE_WITH_FUNCTIONS } from '../../cli/client-options.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { sameStack } from '../../cli/same-stack.ts';
import { describeIssue, plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { type ClientsOptions, withClients } from '../../cli/with-clients.ts';
import { readSecret, SECRET_VARIABLE, type SecretSource, terminalSource } from './secret.ts';
import { type ChannelStore, openChannelStore, type StoredChannel } from './store.ts';
import { redrive, tryChannel } from './try.ts';

export interface ChannelIo extends Io {
  secret: SecretSource;
}

interface Flags extends StackFlags {
  kind?: ChannelKind;
  severity?: Severity;
  rule?: string[];
  site?: string[];
  url?: string;
  replace?: true;
  json?: true;
}

const ACTIONS = ['add', 'list', 'test', 'remove', 'redrive'] as const;
type Action = (typeof ACTIONS)[number];
const NAMED: readonly Action[] = ['add', 'test', 'remove'];

/** @returns 1 also where the channel did not answer well */
export function runChannel(argv: string[], io: ChannelIo): Promise<number> {
  const command = addStackOptions(
    new Command('npm run channel --')
      .usage('add NAME --kind KIND | list | test NAME | remove NAME | redrive')
      .description('Tell alerts to Slack, Teams, PagerDuty, Opsgenie or a webhook.')
      .argument('[action]', `one of ${ACTIONS.join(', ')}`)
      .argument('[name]', 'of the channel: letters, digits, - and _')
      .addOption(new Option('--kind <kind>', 'what it is').choices(CHANNEL_KINDS))
      .addOption(new Option('--severity <severity>', 'only this one and above').choices(SEVERITIES))
      .option('--rule <pattern>', 'only rules of this name, with * and ?; repeat it for more', gathered)
      .option('--site <pattern>', 'only sites of this name, with * and ?; repeat it for more', gathered)
      .option('--url <url>', 'another address of PagerDuty or Opsgenie, such as the European one')
      .option('--replace', 'write a channel again that exists'),
    'of the local runtime instead of AWS',
  )
    .option('--json', 'list as JSON on stdout, without secrets')
    .addHelpText(
      'after',
      [
        '',
        'The address (slack, teams, webhook) or the key (pagerduty, opsgenie; on a second',
        `line, the key with which a webhook is signed) is typed, piped in, or taken from`,
        `${SECRET_VARIABLE}. It is kept as a SecureString in the Parameter Store.`,
        '',
        'test opens an incident there and ends it at once. redrive tells what could not',
        'be told: docs/operations.md#alerts-not-published.',
      ].join('\n'),
    );
  return runCommandLine(
    command,
    argv,
    io,
    (action: string | undefined, name: string | undefined, flags: Flags) =>
      run(parseAction(action, name), name ?? '', flags, io),
  );
}

function parseAction(text: string | undefined, name: string | undefined): Action {
  const action = actionOf(ACTIONS, text);
  const needsName = NAMED.includes(action);
  if (needsName && !isChannelName(name ?? '')) {
    const got = name === undefined ? 'none' : `"${name}"`;
    throw UserError.misuse(`Expected the name of a channel (letters, digits, - and _), got ${got}`);
  }
  if (!needsName && name !== undefined)
    throw UserError.misuse(`Expected nothing after ${action}, got "${name}"`);
  return action;
}

async function run(action: Action, name: string, flags: Flags, io: ChannelIo): Promise<void> {
  // Before anything else, so that a mistake costs no call.
  const channel = action === 'add' ? await describeChannel(flags, io.secret) : undefined;
  const outputs = await outputsOf(flags);
  const { ChannelsPath, NotifierFunctionName, ChannelFailuresUrl } = outputs;
  if (!ChannelsPath || !NotifierFunctionName || !ChannelFailuresUrl) {
    throw new UserError('This stack has no channels. Deploy with channels=on, which is the default.');
  }
  const acts: Record<Action, (at: Clients & { store: ChannelStore }) => Promise<void>> = {
    async add({ store }) {
      if (channel) await store.put(name, channel, flags.replace === true);
      io.stderr(
        `${name} is told from now on (within a minute). Try it: npm run channel -- test ${name}${sameStack(flags)}\n`,
      );
    },
    async list({ store }) {
      io.stdout(listing(await store.list(), flags));
    },
    async test({ lambda }) {
      const { answers, problem } = await tryChannel(lambda, NotifierFunctionName, name);
      if (answers.length > 0) io.stderr(`${name} answered ${answers.join(', ')}\n`);
      if (problem !== undefined) throw new UserError(`${name}: ${problem}`);
      io.stderr('An incident was opened there and ended.\n');
    },
    async remove({ store }) {
      await store.remove(name);
      io.stderr(`${name} is no longer told (within a minute).\n`);
    },
    async redrive(clients) {
      const count = await redrive(clients, NotifierFunctionName, ChannelFailuresUrl);
      io.stderr(count === 0 ? 'Nothing waits.\n' : `${plural(count, 'event')} told once more.\n`);
    },
  };
  const context = {
    service: 'AWS',
    denied: `You may not do this to the channels (parameters ${ChannelsPath}/*, and the notifier)`,
    missing: [{ when: /^ResourceNotFoundException/, what: 'The notifier is not there (any more).' }],
  };
  await withClients(outputs, openClients, context, (clients) =>
    acts[action]({ ...clients, store: openChannelStore(clients.ssm, ChannelsPath) }),
  );
}

type Clients = ReturnType<typeof openClients>;

const openClients = (options: ClientsOptions) => ({
  ssm: new SSMClient(options),
  lambda: new LambdaClient({ ...options, ...PATIENCE_WITH_FUNCTIONS }),
  sqs: new SQSClient(options),
});

async function describeChannel(flags: Flags, source: SecretSource): Promise<Channel> {
  const { kind, severity, rule: rules, site: sites, url } = flags;
  if (kind === undefined) throw UserError.misuse(`Expected --kind, one of ${CHANNEL_KINDS.join(', ')}`);
  if (url !== undefined && !(kind in SERVICE_URLS)) {
    throw UserError.misuse(
      `--url goes with ${Object.keys(SERVICE_URLS).join(' and ')} only: it is a secret here`,
    );
  }
  const secret = await readSecret(kind, source);
  const given = {
    kind,
    ...(url === undefined ? {} : { url }),
    ...secret,
    filter: { severity, rules, sites },
  };
  const parsed = channelSchema.safeParse(JSON.parse(JSON.stringify(given)));
  if (parsed.success) return parsed.data;
  throw UserError.misuse(describeIssue(parsed.error));
}

/** Without what is secret: of an address only whose it is. */
function listing(channels: readonly StoredChannel[], flags: Flags): string {
  const rows = channels.map(({ name, channel }) => ({
    name,
    kind: channel?.kind ?? 'damaged: write it again',
    host: channel === undefined ? '' : new URL(channel.url).host,
    filter: channel?.filter ?? {},
  }));
  if (flags.json) return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (rows.length === 0)
    return `There are no channels. Add one: npm run channel -- add NAME --kind slack${sameStack(flags)}\n`;
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows
    .map(({ name, kind, host, filter }) =>
      `${name.padEnd(width)}  ${kind.padEnd(9)}  ${host}  ${describeFilter(filter)}`.trimEnd().concat('\n'),
    )
    .join('');
}

function describeFilter({ severity, rules, sites }: ChannelFilter): string {
  const parts = [
    ...(severity === undefined ? [] : [`severity ${severity} and above`]),
    ...(rules === undefined ? [] : [`rules ${rules.join(' ')}`]),
    ...(sites === undefined ? [] : [`sites ${sites.join(' ')}`]),
  ];
  return parts.join(', ');
}

await runAsProgram(import.meta.url, (argv, io) => runChannel(argv, { ...io, secret: terminalSource() }));
