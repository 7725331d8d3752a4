/**
 * The subscriptions of the template and those made by API, kept in one file over restarts.
 *
 * As with CloudFormation, the template acts only when it changes: a subscription that it defines is created once, and
 * one that somebody has ended since stays ended until its definition changes.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parseJson } from '../base/parse-json.ts';
import { writeFileAtomicSync } from '../state/atomic-file.ts';
import { orUndone } from '../state/or-undone.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { type FilterPolicy, parseFilterPolicy } from './filter-policy.ts';
import { mustConfirm, PROGRAM_PROTOCOLS } from './protocols.ts';

const recordSchema = z.object({
  arn: z.string(),
  topicArn: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  rawMessageDelivery: z.boolean(),
  filterPolicy: z.string().optional(),
  filterPolicyScope: z.enum(['MessageAttributes', 'MessageBody']),
  /** JSON, of an HTTP/S endpoint. */
  deliveryPolicy: z.string().optional(),
  /** JSON, naming the queue for what is given up. */
  redrivePolicy: z.string().optional(),
  /** Of a delivery stream: the role with which SNS writes to it. */
  subscriptionRoleArn: z.string().optional(),
  /** Of an endpoint that has not confirmed yet: nothing is sent to it before it does. */
  pending: z.object({ token: z.string(), sinceMs: z.number() }).optional(),
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
  deadLetterArn?: string;
  /** Why nothing is sent to it here, unlike on AWS. */
  notEmulated?: string;
}

const EMULATED_PROTOCOLS: readonly string[] = ['email', 'email-json', 'firehose', ...PROGRAM_PROTOCOLS];
/** An endpoint that does not confirm within this time is forgotten. */
const PENDING_MS = 2 * 86_400_000;

export interface SubscriptionStore {
  all(): Subscription[];
  ofTopic(topicArn: string): Subscription[];
  get(arn: string): Subscription | undefined;
  find(topicArn: string, protocol: string, endpoint: string): Subscription | undefined;
  /** The one that waits to be confirmed by this token. */
  ofToken(token: string): Subscription | undefined;
  /** Adds a subscription with a new ARN. */
  add(input: SubscriptionInput): Subscription;
  update(record: SubscriptionRecord): void;
  remove(arn: string): boolean;
}

/** Applies the template to the stored subscriptions. @throws SetupError when the file cannot be read */
export function loadSubscriptions(
  file: string,
  template: SubscriptionInput[],
  now: () => number,
): SubscriptionStore {
  const subscriptions = new Map<string, Subscription>();
  const otherwise = `${file} is damaged: subscriptions made by API are lost. Delete it to start anew, with those of the template.`;
  const stored = readStateFile(file, stateSchema, otherwise);
  const applied = applyTemplate(stored ?? { version: 1, subscriptions: [], applied: {} }, template, now());
  for (const record of applied.subscriptions) subscriptions.set(record.arn, prepare(record));

  /** Those that exist, after forgetting those that nobody has confirmed in time. */
  const current = (): Subscription[] => {
    const all = [...subscriptions.values()];
    for (const { arn, pending } of all) {
      if (pending && now() - pending.sinceMs > PENDING_MS) subscriptions.delete(arn);
    }
    return [...subscriptions.values()];
  };
  const save = () => {
    const records = [...subscriptions.values()].map((s) => recordSchema.parse(s));
    const state: z.input<typeof stateSchema> = {
      version: 1,
      subscriptions: records,
      applied: applied.fingerprints,
    };
    writeFileAtomicSync(file, stateText(state));
  };
  /** With one put, or taken out. */
  const change = (arn: string, next: Subscription | undefined) => {
    const old = subscriptions.get(arn);
    const set = (one: Subscription | undefined) =>
      one ? subscriptions.set(arn, one) : subscriptions.delete(arn);
    set(next);
    orUndone(save, () => set(old));
  };
  const put = (record: SubscriptionRecord) => {
    const subscription = prepare(record);
    change(record.arn, subscription);
    return subscription;
  };
  save();

  return {
    all: current,
    ofTopic: (topicArn) => current().filter((s) => s.topicArn === topicArn),
    get: (arn) => subscriptions.get(arn),
    find: (topicArn, protocol, endpoint) =>
      current().find((s) => s.topicArn === topicArn && s.protocol === protocol && s.endpoint === endpoint),
    ofToken: (token) => current().find(({ pending }) => pending?.token === token),
    add: (input) => put({ arn: `${input.topicArn}:${randomUUID()}`, ...input }),
    update: put,
    remove(arn) {
      const removed = subscriptions.has(arn);
      if (removed) change(arn, undefined);
      return removed;
    },
  };
}

/** A subscription that cannot be served is kept with the reason, so that the others can start. */
function prepare(record: SubscriptionRecord): Subscription {
  if (!EMULATED_PROTOCOLS.includes(record.protocol)) {
    return { ...record, notEmulated: `the protocol ${record.protocol} is not emulated` };
  }
  try {
    return {
      ...record,
      ...(record.redrivePolicy === undefined ? {} : { deadLetterArn: deadLetterOf(record.redrivePolicy) }),
      ...(record.filterPolicy === undefined
        ? {}
        : { policy: parseFilterPolicy(record.filterPolicy, record.filterPolicyScope) }),
    };
  } catch (error) {
    return { ...record, notEmulated: (error as Error).message };
  }
}

const redriveSchema = z.strictObject({ deadLetterTargetArn: z.string().regex(/^arn:[^:]+:sqs:/) });

/** @throws RangeError for anything but the ARN of a queue */
export function deadLetterOf(redrivePolicy: string): string {
  const parsed = parseJson(redrivePolicy, redriveSchema);
  if (parsed) return parsed.deadLetterTargetArn;
  throw new RangeError(`expected {"deadLetterTargetArn": ARN of a queue}, got ${redrivePolicy}`);
}

/** Adds and removes what has changed in the template since the last run. */
function applyTemplate(state: z.infer<typeof stateSchema>, template: SubscriptionInput[], nowMs: number) {
  const records = new Map(state.subscriptions.map((record) => [record.arn, record]));
  const fingerprints: Record<string, string> = {};
  for (const input of template) {
    const record = { arn: templateArn(input), ...input, ...pendingFor(input.protocol, nowMs) };
    fingerprints[record.arn] = JSON.stringify(input);
    if (state.applied[record.arn] !== fingerprints[record.arn]) records.set(record.arn, record);
  }
  for (const arn of Object.keys(state.applied)) {
    if (!(arn in fingerprints)) records.delete(arn);
  }
  return { subscriptions: [...records.values()], fingerprints };
}

/** What a new subscription of this protocol has until its endpoint confirms it. */
export const pendingFor = (protocol: string, sinceMs: number): Pick<SubscriptionRecord, 'pending'> =>
  mustConfirm(protocol) ? { pending: { token: randomBytes(64).toString('hex'), sinceMs } } : {};

/** The same ARN for the same definition in every run, unlike the random ARNs that the API gives. */
function templateArn({ topicArn, protocol, endpoint }: SubscriptionInput): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([topicArn, protocol, endpoint]))
    .digest('hex');
  return `${topicArn}:${hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')}`;
}

/** The ARN of a subscription is that of its topic, and an id. */
export const topicOfSubscription = (arn: string): string => arn.split(':').slice(0, 6).join(':');
