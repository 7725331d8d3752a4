/** `npm run subscribe`: alerts by e-mail or to an HTTPS endpoint, from the deployed stack or from the local runtime. */
import { SNSClient } from '@aws-sdk/client-sns';
import { Command, Option } from 'commander';
import { isChannelUrl } from '../../../services/contract/channel.ts';
import { isEmailAddress } from '../../../services/contract/email-address.ts';
import { SEVERITIES } from '../../../services/contract/threshold.ts';
import { gathered } from '../../cli/arguments.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { UserError } from '../../cli/user-error.ts';
import { type ClientsOptions, withClients } from '../../cli/with-clients.ts';
import { filterPolicy, type Wanted } from './filter.ts';
import { addSubscription, listSubscriptions, PENDING, removeSubscription } from './subscriptions.ts';

type Flags = StackFlags & Wanted;

interface Asked {
  action: 'add' | 'list' | 'remove';
  /** Empty for a list. */
  address: string;
}

export function runSubscribe(argv: string[], io: Io): Promise<number> {
  const command = addStackOptions(
    new Command('npm run subscribe --')
      .usage('EMAIL [--local [--dir DIR]] | list | add | remove')
      .description('Get the alerts by e-mail. Asking twice for the same address is harmless.')
      .argument('<address>', 'e-mail or https:// address, or: add ADDRESS, remove ADDRESS, list')
      .argument('[more]', 'the address after add and remove')
      .addOption(new Option('--severity <severity>', 'only this one and above').choices(SEVERITIES))
      .option('--rule <name>', 'only this rule, such as temperature-*; repeat it for more', gathered)
      .option('--site <name>', 'only this site, such as plant-*; repeat it for more', gathered),
    'subscribe at the local runtime instead of AWS',
  ).addHelpText(
    'after',
    '\nadd prints the ARN of the subscription, or "pending confirmation", on stdout.\nAn endpoint confirms by itself, as SNS documents. Slack, PagerDuty and others:\nnpm run channel.',
  );
  return runCommandLine(command, argv, io, (first: string, second: string | undefined, flags: Flags) =>
    subscribe(parseAsked(first, second), flags, io),
  );
}

function parseAsked(first: string, second: string | undefined): Asked {
  if (first !== 'add' && first !== 'remove' && first !== 'list') {
    if (second !== undefined)
      throw UserError.misuse(`too many arguments: expected one address, got ${second} too`);
    return { action: 'add', address: parseAddress(first) };
  }
  if (first === 'list') {
    if (second === undefined) return { action: first, address: '' };
    throw UserError.misuse(`Expected nothing after list, got ${JSON.stringify(second)}`);
  }
  return { action: first, address: parseAddress(second ?? '') };
}

function parseAddress(text: string): string {
  if (isEmailAddress(text) || isChannelUrl(text)) return text;
  throw UserError.misuse(
    `Expected an e-mail address such as you@example.com, or one that begins with https://, got ${JSON.stringify(text)}`,
  );
}

async function subscribe({ action, address }: Asked, flags: Flags, io: Io): Promise<void> {
  const policy = filterPolicy(flags);
  const outputs = await outputsOf(flags);
  const { AlertTopicArn: topicArn, Endpoint } = outputs;
  const context = {
    service: 'SNS',
    denied: `You may not subscribe to ${topicArn} (sns:Subscribe)`,
    missing: [{ when: /^NotFound/, what: `The topic ${topicArn} is not there (any more).` }],
    refused: 'SNS refused the subscription',
  };
  const open = (options: ClientsOptions) => ({ client: new SNSClient(options) });
  await withClients(outputs, open, context, async ({ client }) => {
    const topic = { client, topicArn };
    if (action === 'list') {
      io.stdout(await listSubscriptions(topic));
    } else if (action === 'remove') {
      await removeSubscription(topic, address);
      io.stderr(`${address} gets no more alerts.\n`);
    } else {
      const arn = await addSubscription(topic, address, policy);
      io.stderr(`${describe(address, arn, Endpoint)}\n`);
      io.stdout(`${arn}\n`);
    }
  });
}

function describe(address: string, arn: string, endpoint: string | undefined): string {
  if (arn !== PENDING && endpoint) return `${address} is subscribed. The alerts arrive at ${endpoint}/inbox`;
  if (arn !== PENDING) return `${address} is subscribed, and confirmed.`;
  if (!isEmailAddress(address)) {
    return `SNS has asked ${new URL(address).origin} to confirm: no alert arrives before it visits the SubscribeURL.`;
  }
  return [
    `AWS has sent a mail to ${address}, from no-reply@sns.amazonaws.com.`,
    'Confirm the subscription by the link in it: no alert arrives before that.',
    'The link is good for two days; run this command again for a new one.',
  ].join('\n');
}

await runAsProgram(import.meta.url, runSubscribe);
