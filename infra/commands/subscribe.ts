/** `npm run subscribe -- EMAIL`: alerts by e-mail, from the deployed stack or from the local runtime. */
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { addStackOptions, outputsOf, type StackFlags } from '../cli/options.ts';
import { OutputsError, type StackOutputs } from '../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../cli/program.ts';

/** A problem that the person at the keyboard can mend. */
class SubscribeError extends Error {}

interface Flags extends StackFlags {}

/** What AWS answers in place of an ARN until the address is confirmed. */
const PENDING = 'pending confirmation';
/** A machine without network should say so soon. */
const MAX_ATTEMPTS = 2;

/**
 * Runs the command with the arguments that follow its name.
 * @returns the exit code: 0 subscribed or awaiting confirmation, 1 not, 2 misused
 */
export async function runSubscribe(argv: string[], io: Io): Promise<number> {
  const command = addStackOptions(
    new Command('npm run subscribe --')
      .usage('EMAIL [--local [--dir DIR]]')
      .description('Get the alerts by e-mail. Asking twice for the same address is harmless.')
      .argument('<email>', 'address that gets the alerts', parseEmail),
    'subscribe at the local runtime instead of AWS',
  )
    .addHelpText('after', '\nPrints the ARN of the subscription, or "pending confirmation", on stdout.')
    .action((email: string, flags: Flags) => {
      return subscribe(email, flags, io);
    });
  return runCommandLine(command, argv, io, [SubscribeError, OutputsError]);
}

function parseEmail(text: string): string {
  if (z.email().safeParse(text).success) return text;
  throw new InvalidArgumentError('Expected an e-mail address such as you@example.com.');
}

async function subscribe(email: string, flags: Flags, io: Io): Promise<void> {
  const local = flags.local === true;
  const outputs = outputsOf(flags);
  const endpoint = local ? localEndpoint(outputs) : undefined;
  const client = new SNSClient({
    region: outputs.Region,
    maxAttempts: MAX_ATTEMPTS,
    ...(endpoint ? { endpoint, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } } : {}),
  });
  let arn: string | undefined;
  try {
    const request = { TopicArn: outputs.AlertTopicArn, Protocol: 'email', Endpoint: email };
    ({ SubscriptionArn: arn } = await client.send(new SubscribeCommand(request)));
  } catch (error) {
    throw new SubscribeError(explain(error, outputs.AlertTopicArn, endpoint), { cause: error });
  } finally {
    client.destroy();
  }
  io.stderr(`${describe(email, arn ?? PENDING, endpoint)}\n`);
  io.stdout(`${arn ?? PENDING}\n`);
}

function localEndpoint({ Endpoint }: StackOutputs): string {
  if (Endpoint) return Endpoint;
  throw new SubscribeError(
    'The local outputs name no Endpoint. Start the local runtime anew with: npm start',
  );
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

/** The fix for what commonly goes wrong. */
function explain(error: unknown, topicArn: string, endpoint: string | undefined): string {
  const { name, message, code } = error as Error & { code?: string };
  if (endpoint && (code === 'ECONNREFUSED' || code === 'ECONNRESET')) {
    return `The local runtime does not answer at ${endpoint}. Start it with: npm start`;
  }
  switch (name) {
    case 'NotFoundException':
      return `The topic ${topicArn} is not there (any more). ${endpoint ? 'Restart: npm start' : 'Deploy again: npm run deploy'}`;
    case 'CredentialsProviderError':
      return 'No AWS credentials found. Sign in (aws configure, aws sso login) or set AWS_PROFILE.';
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return 'Your AWS session has expired. Sign in again, for example with: aws sso login';
    case 'AuthorizationErrorException':
      return `You may not subscribe to ${topicArn} (sns:Subscribe): ${message}`;
    default:
      return `SNS refused the subscription: ${message || name}`;
  }
}

await runAsProgram(import.meta.url, runSubscribe);
