/** `npm run redrive`: passes failed batches to the detector again. See docs/redrive.md. */
import { KinesisClient } from '@aws-sdk/client-kinesis';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { Command, Option } from 'commander';
import { formatDuration, parseDuration } from '../../../services/contract/duration.ts';
import { EDGE_ERRORS_PREFIX } from '../../../services/contract/edge.ts';
import { duration } from '../../cli/arguments.ts';
import { PATIENCE_WITH_FUNCTIONS } from '../../cli/client-options.ts';
import { EXIT_INTERRUPTED, stopSignal } from '../../cli/interrupt.ts';
import { addStackOptions, outputsOf, type StackFlags } from '../../cli/options.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { type ClientsOptions, withClients } from '../../cli/with-clients.ts';
import { createDetect } from './detector.ts';
import { findMessages, listMessages, putInto, sendMessages } from './messages.ts';
import { jsonLine, listing, outcomeLine, summary } from './output.ts';
import { findBatches, type Outcome, redriveAll } from './run.ts';
import { openFailureStore, REDRIVEN_PREFIX } from './store.ts';

export interface RedriveIo extends Io {
  /** Aborted when the user wants to stop. */
  stop: AbortSignal;
}

interface Flags extends StackFlags {
  since: number;
  dryRun?: true;
  json?: true;
}

/** How long the detector remembers a resolved incident, and with it that the e-mail has been sent. */
export const REMEMBERED_MS = parseDuration('1d');
const MAX_ATTEMPTS = 3;

/** Exit codes in addition to those of `runCommandLine`. */
const EXIT = { done: 0, someStay: 3, interrupted: EXIT_INTERRUPTED } as const;

/** @returns 3 where some batches stay, 130 where it was interrupted, besides the exit codes of every program */
export function runRedrive(argv: string[], io: RedriveIo): Promise<number> {
  const command = addStackOptions(
    new Command('npm run redrive --')
      .usage('[--dry-run] [--since TIME] [--local [--dir DIR]]')
      .description(
        'Put the batches that the detector gave up through it once more, in the order\nof the stream. No e-mail is sent twice. What succeeds is moved aside.',
      )
      .addOption(
        new Option('--since <time>', 'only batches whose records came in within this time')
          .argParser(duration)
          .default(REMEMBERED_MS, formatDuration(REMEMBERED_MS)),
      )
      .option('--dry-run', 'list them and why they failed, and change nothing'),
    'of the local runtime instead of AWS',
  )
    .option('--json', 'one line of JSON for each batch on stdout')
    .addHelpText(
      'after',
      '\nThe detector remembers for a day what it has sent, hence the default of --since.\nExit code: 0 nothing left, 1 could not work, 2 misused, 3 some batches stay,\n130 interrupted.',
    );
  return runCommandLine(command, argv, io, (flags: Flags) => redrive(flags, io));
}

async function redrive(flags: Flags, io: RedriveIo): Promise<number> {
  const outputs = await outputsOf(flags);
  return withClients(outputs, openClients, awsContext(outputs), async (clients) => {
    const codes = [await redriveBatches(outputs, clients, flags, io)];
    if (outputs.EdgeRuleName !== undefined) codes.push(await redriveMessages(outputs, clients, flags, io));
    return Math.max(...codes);
  });
}

type Clients = ReturnType<typeof openClients>;

function openClients(given: ClientsOptions) {
  const options = { ...given, maxAttempts: MAX_ATTEMPTS };
  return {
    s3: new S3Client(options),
    lambda: new LambdaClient({ ...options, ...PATIENCE_WITH_FUNCTIONS }),
    kinesis: new KinesisClient(options),
  };
}

async function redriveBatches(
  outputs: StackOutputs,
  { s3, lambda }: Clients,
  flags: Flags,
  io: RedriveIo,
): Promise<number> {
  const store = openFailureStore(s3, outputs.FailureBucketName);
  const detect = createDetect(lambda, outputs.DetectorFunctionName);
  const found = await findBatches(store, Date.now() - flags.since);
  io.stderr(listing(found, outputs.FailureBucketName));
  const left = found.unreadable.length > 0 ? EXIT.someStay : EXIT.done;
  if (flags.dryRun || found.batches.length === 0) {
    if (flags.json) for (const batch of found.batches) io.stdout(jsonLine(batch, { result: 'listed' }));
    if (found.batches.length > 0) io.stderr('\nNothing was changed. Without --dry-run they are redriven.\n');
    return flags.dryRun ? EXIT.done : left;
  }
  if (flags.since > REMEMBERED_MS) io.stderr(REPEAT_WARNING);
  io.stderr('\nRedriving. Ctrl-C stops after the batch at work.\n');
  const results = await redriveAll(found.batches, { store, detect, stop: io.stop }, (batch, outcome) => {
    io.stderr(outcomeLine(batch, outcome));
    if (flags.json) io.stdout(jsonLine(batch, outcome));
  });
  io.stderr(`\n${summary(results, REDRIVEN_PREFIX)}\n`);
  return exitCodeOf(results, left);
}

/** However old they are: the pipeline has never seen them. */
async function redriveMessages(
  outputs: StackOutputs,
  { s3, kinesis }: Clients,
  flags: Flags,
  io: RedriveIo,
): Promise<number> {
  const store = openFailureStore(s3, outputs.FailureBucketName, [EDGE_ERRORS_PREFIX]);
  const found = await findMessages(store);
  io.stderr(`\n${listMessages(found)}`);
  const left = found.unreadable.length > 0 ? EXIT.someStay : EXIT.done;
  if (flags.dryRun || found.messages.length === 0) return flags.dryRun ? EXIT.done : left;
  const put = putInto(kinesis, outputs.StreamName);
  const results = await sendMessages(
    found.messages,
    { store, put, stop: io.stop },
    (message, result, reason) => {
      const { key, site } = message;
      if (flags.json) io.stdout(`${JSON.stringify({ key, site, result, reason })}\n`);
      if (reason !== undefined) io.stderr(`  ${site}: stays, because ${reason}\n`);
    },
  );
  const sent = results.filter((result) => result === 'sent').length;
  io.stderr(`${sent} of ${results.length} sent into the stream.\n`);
  if (results.includes('interrupted')) return EXIT.interrupted;
  return sent < results.length ? EXIT.someStay : left;
}

const awsContext = ({ FailureBucketName, DetectorFunctionName }: StackOutputs) => ({
  service: 'AWS',
  denied: 'These credentials may not redrive; docs/redrive.md lists what it takes',
  missing: [
    { when: /^NoSuchBucket/, what: `The bucket ${FailureBucketName} is not there.` },
    { when: /^ResourceNotFoundException/, what: `The function ${DetectorFunctionName} is not there.` },
  ],
});

const REPEAT_WARNING =
  '\nOf records older than a day, the detector may have forgotten that an incident\nwas over and mailed. Its e-mails may come again.\n';

function exitCodeOf(results: readonly Outcome['result'][], otherwise: number): number {
  if (results.includes('interrupted')) return EXIT.interrupted;
  return results.includes('failed') || results.includes('held') ? EXIT.someStay : otherwise;
}

await runAsProgram(import.meta.url, (argv, io) => runRedrive(argv, { ...io, stop: stopSignal() }));
