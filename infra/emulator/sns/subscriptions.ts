/**
 * The subscriptions of the template and those made by API, kept in one file over restarts.
 *
 * As with CloudFormation, the template acts only when it changes: a subscription that it defines is created once, and
 * one that somebody has ended since stays ended until its definition changes.
 */
import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { writeFileAtomicSync } from '../state/atomic-file.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { type FilterPolicy, parseFilterPolicy } from './filter-policy.ts';

const recordSchema = z.object({
  arn: z.string(),
  topicArn: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  rawMessageDelivery: z.boolean(),
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
/** A subscription that has no ARN yet. */
export type SubscriptionInput = Omit<SubscriptionRecord, 'arn'>;

export interface Subscription extends SubscriptionRecord {
  policy?: FilterPolicy;
  /** Why nothing is sent to it here, unlike on AWS. */
  notEmulated?: string;
}

const EMULATED_PROTOCOLS: readonly string[] = ['email', 'email-json', 'firehose'];

export interface SubscriptionStore {
  all(): Subscription[];
  ofTopic(topicArn: string): Subscription[];
  get(arn: string): Subscription | undefined;
  find(topicArn: string, protocol: string, endpoint: string): Subscription | undefined;
  /** Adds a subscription with a new ARN. */
  add(input: SubscriptionInput): Subscription;
  update(record: SubscriptionRecord): void;
  remove(arn: string): boolean;
}

/** Applies the template to the stored subscriptions. @throws SetupError when the file cannot be read */
export function loadSubscriptions(file: string, template: SubscriptionInput[]): SubscriptionStore {
  const subscriptions = new Map<string, Subscription>();
  const otherwise = `${file} is damaged: subscriptions made by API are lost. Delete it to start anew, with those of the template.`;
  const stored = readStateFile(file, stateSchema, otherwise);
  const applied = applyTemplate(stored ?? { version: 1, subscriptions: [], applied: {} }, template);
  for (const record of applied.subscriptions) subscriptions.set(record.arn, prepare(record));

  const save = () => {
    const records = [...subscriptions.values()].map((s) => recordSchema.parse(s));
    const state: z.input<typeof stateSchema> = {
      version: 1,
      subscriptions: records,
      applied: applied.fingerprints,
    };
    writeFileAtomicSync(file, stateText(state));
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

/** A subscription that cannot be served is kept with the reason, so that the others can start. */
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

/** Adds and removes what has changed in the template since the last run. */
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

/** The same ARN for the same definition in every run, unlike the random ARNs that the API gives. */
function templateArn({ topicArn, protocol, endpoint }: SubscriptionInput): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([topicArn, protocol, endpoint]))
    .digest('hex');
  return `${topicArn}:${hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')}`;
}
