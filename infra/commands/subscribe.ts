/** `npm run subscribe -- EMAIL`: alerts by e-mail, from the deployed stack or from the local runtime. */
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { Command } from 'commander';
import { isEmailAddress } from '../../services/contract/email-address.ts';
import { type AwsContext, explainAws } from '../cli/aws-problem.ts';
import { clientOptions } from '../cli/client-options.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../cli/options.ts';
import type { StackOutputs } from '../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../cli/program.ts';
import { UserError } from '../cli/user-error.ts';

/** The answer of AWS in place of an ARN until the address is confirmed. */
const PENDING = 'pending confirmation';
/** Short, so that a machine without a network fails soon. */
const MAX_ATTEMPTS = 2;

/**
 * Runs the command with the arguments that follow its name.
 * @returns the exit code: 0 subscribed or awaiting confirmation, 1 not, 2 misused
 */
export function runSubscribe(argv: string[], io: Io): Promise<number> {
  const command = addStackOptions(
    new Command('npm run subscribe --')
      .usage('EMAIL [--local [--dir DIR]]')
      .description('Get the alerts by e-mail. Asking twice for the same address is harmless.')
      .argument('<email>', 'address that gets the alerts'),
    'subscribe at the local runtime instead of AWS',
  ).addHelpText('after', '\nPrints the ARN of the subscription, or "pending confirmation", on stdout.');
  return runCommandLine(command, argv, io, (email: string, flags: StackFlags) =>
    subscribe(parseEmail(email), flags, io),
  );
}

function parseEmail(text: string): string {
  if (isEmailAddress(text)) return text;
  throw UserError.misuse(`Expected an e-mail address such as you@example.com, got ${JSON.stringify(text)}`);
}

async function subscribe(email: string, flags: StackFlags, io: Io): Promise<void> {
  const outputs = await outputsOf(flags);
  const client = new SNSClient({ ...clientOptions(outputs), maxAttempts: MAX_ATTEMPTS });
  let arn: string | undefined;
  try {
    const request = { TopicArn: outputs.AlertTopicArn, Protocol: 'email', Endpoint: email };
    ({ SubscriptionArn: arn } = await client.send(new SubscribeCommand(request)));
  } catch (error) {
    throw explainAws(error, awsContext(outputs));
  } finally {
    client.destroy();
  }
  io.stderr(`${describe(email, arn ?? PENDING, outputs.Endpoint)}\n`);
  io.stdout(`${arn ?? PENDING}\n`);
}

function describe(email: string, arn: string, endpoint: string | undefined): string {
  if (endpoint) return `${email} is subscribed. The alerts arrive at ${endpoint}/inbox`;
  if (arn !== PENDING) return `${email} is subscribed, and confirmed.`;
  return [
    `AWS has sent a mail to ${email}, from no-reply@sns.amazonaws.com.`,
    'Confirm the subscription by the link in it: no alert arrives before that.',
    'The link is good for two days; run this command again for a new one.',
  ].join('\n');
}

const awsContext = ({ AlertTopicArn: topic, Endpoint }: StackOutputs): AwsContext => ({
  service: 'SNS',
  endpoint: Endpoint,
  denied: `You may not subscribe to ${topic} (sns:Subscribe)`,
  missing: [{ when: /^NotFound/, what: `The topic ${topic} is not there (any more).` }],
  refused: 'SNS refused the subscription',
});

await runAsProgram(import.meta.url, runSubscribe);
