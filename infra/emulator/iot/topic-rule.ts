/** Rules for basic ingest: every byte of a message into Kinesis, and what fails into a bucket. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Actor } from '../iam/service.ts';
import type { PutRecord } from '../kinesis/put-record.ts';
import { signedAs } from '../stack/call-api.ts';
import type { StackResource } from '../stack/intrinsics.ts';

const errorActionSchema = z.object({
  S3: z.object({ BucketName: z.string(), Key: z.string(), RoleArn: z.string() }),
});
export const ruleProperties = z.object({
  RuleName: z.string(),
  TopicRulePayload: z.object({
    Sql: z.literal('SELECT *'),
    RuleDisabled: z.boolean().default(false),
    Actions: z.tuple([
      z.object({
        Kinesis: z.object({ StreamName: z.string(), PartitionKey: z.string(), RoleArn: z.string() }),
      }),
    ]),
    ErrorAction: errorActionSchema.optional(),
  }),
});
type RuleProperties = z.infer<typeof ruleProperties>;

/** Substitution templates that are known here. */
const TEMPLATE = /\$\{([^}]*)\}/g;
const KNOWN = /^(?:topic\(\d+\)|timestamp\(\)|newuuid\(\))$/;

/** Is it a rule that can run here? Others have no effect. */
export function isEmulatedRule({ properties }: StackResource): boolean {
  const { data } = ruleProperties.safeParse(properties);
  if (!data) return false;
  const [{ Kinesis }] = data.TopicRulePayload.Actions;
  const texts = [Kinesis.PartitionKey, data.TopicRulePayload.ErrorAction?.S3.Key ?? ''];
  return texts.every((text) => [...text.matchAll(TEMPLATE)].every(([, inner = '']) => KNOWN.test(inner)));
}

interface Message {
  /** After `$aws/rules/NAME/`. */
  topic: string;
  /** As it was published. */
  wholeTopic: string;
  clientId: string;
  payload: Buffer;
}

interface RuleParts {
  endpoint: string;
  put: PutRecord;
  /** Who uses a role for the rule with this ARN. */
  actorOf(roleArn: string, ruleArn: string): Actor;
  clock: Pick<Clock, 'now'>;
  /** Something that nobody else would notice. */
  warn(text: string): void;
}

export class TopicRule {
  readonly name: string;
  readonly #arn: string;
  readonly #payload: RuleProperties['TopicRulePayload'];
  readonly #parts: RuleParts;

  constructor(resource: StackResource, parts: RuleParts) {
    const { RuleName, TopicRulePayload } = ruleProperties.parse(resource.properties);
    this.name = RuleName;
    this.#arn = resource.arn;
    this.#payload = TopicRulePayload;
    this.#parts = parts;
  }

  /** Never rejects: its publisher has the acknowledgement already, as on AWS. */
  async run(message: Message): Promise<void> {
    if (this.#payload.RuleDisabled) return;
    const failure = await this.#act(message).catch((error: Error) => error.message);
    if (failure === undefined) return;
    const lost = await this.#keep(message, failure).catch((error: Error) => error.message);
    if (lost !== undefined) {
      this.#parts.warn(
        `The rule ${this.name} has lost a message of ${message.clientId}: ${failure}; ${lost}`,
      );
    }
  }

  /** Resolves with the reason why it failed. */
  async #act(message: Message): Promise<string | undefined> {
    const [{ Kinesis }] = this.#payload.Actions;
    const body = {
      StreamName: Kinesis.StreamName,
      PartitionKey: this.#substitute(Kinesis.PartitionKey, message),
      Data: message.payload.toString('base64'),
    };
    const answer = await this.#parts.put(JSON.stringify(body), this.#keyOf(Kinesis.RoleArn));
    return answer.status === 200 ? undefined : answer.body;
  }

  /** In the form of "Error action message format". */
  async #keep(message: Message, errorMessage: string): Promise<string | undefined> {
    const action = this.#payload.ErrorAction?.S3;
    if (!action) return 'it has no error action';
    const [{ Kinesis }] = this.#payload.Actions;
    const key = this.#substitute(action.Key, message);
    const body = {
      ...{ ruleName: this.name, topic: message.wholeTopic, cloudwatchTraceId: randomUUID() },
      ...{ clientId: message.clientId, base64OriginalPayload: message.payload.toString('base64') },
      failures: [{ failedAction: 'KinesisAction', failedResource: Kinesis.StreamName, errorMessage }],
    };
    const path = key.split('/').map(encodeURIComponent).join('/');
    const response = await fetch(`${this.#parts.endpoint}/${action.BucketName}/${path}`, {
      ...{ method: 'PUT', body: JSON.stringify(body), headers: signedAs(this.#keyOf(action.RoleArn), 's3') },
    });
    return response.ok ? undefined : await response.text();
  }

  #keyOf(roleArn: string): string {
    return this.#parts.actorOf(roleArn, this.#arn).accessKey;
  }

  #substitute(text: string, { topic }: Message): string {
    return text.replaceAll(TEMPLATE, (_, inner: string) => {
      const [, level] = /^topic\((\d+)\)$/.exec(inner) ?? [];
      if (level !== undefined) return topic.split('/')[Number(level) - 1] ?? '';
      return inner === 'timestamp()' ? String(this.#parts.clock.now()) : randomUUID();
    });
  }
}
