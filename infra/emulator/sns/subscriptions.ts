/**
 * The subscriptions: those of the template and those that somebody made by API, kept in one file over restarts.
 *
 * As with CloudFormation, the template speaks only when it changes: a subscription that it defines is made once, and
 * one that somebody has left since stays left until its definition changes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';
import { type FilterPolicy, parseFilterPolicy } from './filter-policy.ts';

const recordSchema = z.object({
  arn: z.string(),
  topicArn: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  rawMessageDelivery: z.boolean(),
  /** JSON text, as it was given. */
  filterPolicy: z.string().optional(),
  filterPolicyScope: z.enum(['MessageAttributes', 'MessageBody']),
});
const stateSchema = z.object({
  version: z.literal(1),
  subscriptions: z.array(recordSchema),
  /** Fingerprints of the template's subscriptions as last applied, by ARN. */
  applied: z.record(z.string(), z.string()),
});

export type SubscriptionRecord = z.infer<typeof recordSchema>;
/** What a subscription is made of, before it has an ARN. */
export type SubscriptionInput = Omit<SubscriptionRecord, 'arn'>;

export interface Subscription extends SubscriptionRecord {
  policy?: FilterPolicy;
  /** Why nothing is delivered to it, though AWS would. */
  notEmulated?: string;
}

/** The protocols that are delivered here. */
const EMULATED_PROTOCOLS: readonly string[] = ['email', 'email-json', 'firehose'];

export interface SubscriptionStore {
  all(): Subscription[];
  ofTopic(topicArn: string): Subscription[];
  get(arn: string): Subscription | undefined;
  find(topicArn: string, protocol: string, endpoint: string): Subscription | undefined;
  /** Makes a subscription with a new ARN. */
  add(input: SubscriptionInput): Subscription;
  /** Replaces a subscription's attributes. */
  update(record: SubscriptionRecord): void;
  remove(arn: string): boolean;
}

/**
 * Opens the store and applies the template to it.
 * @throws SetupError when the file cannot be read
 */
export function loadSubscriptions(file: string, template: SubscriptionInput[]): SubscriptionStore {
  const subscriptions = new Map<string, Subscription>();
  const applied = applyTemplate(readState(file), template);
  for (const record of applied.subscriptions) subscriptions.set(record.arn, prepare(record));

  const save = () => {
    const records = [...subscriptions.values()].map((s) => recordSchema.parse(s));
    const state: z.input<typeof stateSchema> = {
      version: 1,
      subscriptions: records,
      applied: applied.fingerprints,
    };
    writeFileSync(`${file}.tmp`, `${JSON.stringify(state, null, 2)}\n`);
    renameSync(`${file}.tmp`, file);
  };
  const put = (record: SubscriptionRecord) => {
    const subscription = prepare(record);
    subscriptions.set(record.arn, subscription);
    save();
    return subscription;
  };
  save();

  return {
    all: () => [...subscriptions.values()],
    ofTopic: (topicArn) => [...subscriptions.values()].filter((s) => s.topicArn === topicArn),
    get: (arn) => subscriptions.get(arn),
    find: (topicArn, protocol, endpoint) =>
      [...subscriptions.values()].find(
        (s) => s.topicArn === topicArn && s.protocol === protocol && s.endpoint === endpoint,
      ),
    add: (input) => put({ arn: `${input.topicArn}:${randomUUID()}`, ...input }),
    update: put,
    remove(arn) {
      const removed = subscriptions.delete(arn);
      if (removed) save();
      return removed;
    },
  };
}

/** A subscription that cannot be served is kept and says why; it must not keep the others from starting. */
function prepare(record: SubscriptionRecord): Subscription {
  if (!EMULATED_PROTOCOLS.includes(record.protocol)) {
    return { ...record, notEmulated: `the protocol ${record.protocol} is not emulated` };
  }
  if (record.filterPolicy === undefined) return { ...record };
  if (record.filterPolicyScope === 'MessageBody') {
    return { ...record, notEmulated: 'a filter policy over the message body is not emulated' };
  }
  try {
    return { ...record, policy: parseFilterPolicy(record.filterPolicy) };
  } catch (error) {
    return { ...record, notEmulated: (error as Error).message };
  }
}

function readState(file: string): z.infer<typeof stateSchema> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { version: 1, subscriptions: [], applied: {} };
  }
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new SetupError(
      `Expected ${file} to hold the local SNS subscriptions, but it cannot be read. Delete it to start anew.`,
      { cause },
    );
  }
}

/** The template's subscriptions laid over those of the last run. */
function applyTemplate(state: z.infer<typeof stateSchema>, template: SubscriptionInput[]) {
  const records = new Map(state.subscriptions.map((record) => [record.arn, record]));
  const fingerprints: Record<string, string> = {};
  for (const input of template) {
    const record = { arn: templateArn(input), ...input };
    fingerprints[record.arn] = JSON.stringify(input);
    if (state.applied[record.arn] !== fingerprints[record.arn]) records.set(record.arn, record);
  }
  for (const arn of Object.keys(state.applied)) {
    if (!(arn in fingerprints)) records.delete(arn);
  }
  return { subscriptions: [...records.values()], fingerprints };
}

/** The same for the same definition in every run, unlike the random ones that the API hands out. */
function templateArn({ topicArn, protocol, endpoint }: SubscriptionInput): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([topicArn, protocol, endpoint]))
    .digest('hex');
  const uuid = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ];
  return `${topicArn}:${uuid.join('-')}`;
}
