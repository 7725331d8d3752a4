/**
 * How long SNS waits between attempts, by protocol, and how an HTTP/S endpoint may set that.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
import { z } from 'zod';
import { type Backoff, backoffMs } from '../base/backoff.ts';
import { issueIn } from '../base/issue.ts';
import { parseJson } from '../base/parse-json.ts';

const count = z.int().min(0).max(100);
const delay = z.int().min(1).max(3600);
const retrySchema = z
  .strictObject({
    minDelayTarget: delay.default(20),
    maxDelayTarget: delay.default(20),
    numRetries: count.default(3),
    numNoDelayRetries: count.default(0),
    numMinDelayRetries: count.default(0),
    numMaxDelayRetries: count.default(0),
    backoffFunction: z.enum(['linear', 'arithmetic', 'geometric', 'exponential']).default('linear'),
  })
  .refine(
    (p) => p.minDelayTarget <= p.maxDelayTarget,
    'minDelayTarget must not be greater than maxDelayTarget',
  )
  .refine(
    (p) => p.numNoDelayRetries + p.numMinDelayRetries + p.numMaxDelayRetries <= p.numRetries,
    'numRetries must be at least the sum of the retries of the phases',
  );
type RetryPolicy = z.infer<typeof retrySchema>;

const policySchema = z.strictObject({
  healthyRetryPolicy: retrySchema.optional(),
  requestPolicy: z.strictObject({ headerContentType: z.string().optional() }).optional(),
});

const MAX_TOTAL_SECONDS = 3600;
/** A part that has no end as far as anybody here waits: 100,000 times. */
const MANY = 100_000;
/** Mails and records go to this machine's own services, whose failures are short. */
export const LOCAL: Backoff = { baseMs: 100, maxMs: 5_000 };

/** @throws RangeError with the reason, for a policy that AWS refuses or that does not run here */
export function checkDeliveryPolicy(text: string): void {
  const parsed = policySchema.safeParse(parseJson(text, z.unknown()));
  if (!parsed.success) throw new RangeError(issueIn(parsed.error, 'the policy'));
  const totalSeconds = [...secondsOf(retryPolicyOf(text))].reduce((sum, seconds) => sum + seconds, 0);
  if (totalSeconds <= MAX_TOTAL_SECONDS) return;
  throw new RangeError(`the waits may last ${MAX_TOTAL_SECONDS} s together, these last ${totalSeconds} s`);
}

const policyOf = (text: string | undefined) => parseJson(text ?? '{}', policySchema);
const retryPolicyOf = (text: string | undefined): RetryPolicy =>
  policyOf(text)?.healthyRetryPolicy ?? retrySchema.parse({});

export const contentTypeOf = (deliveryPolicy: string | undefined): string =>
  policyOf(deliveryPolicy)?.requestPolicy?.headerContentType ?? 'text/plain; charset=UTF-8';

/** Waits before the second attempt and those after it, in ms; none are left when the message is given up. */
export function* waitsOf(protocol: string, deliveryPolicy?: string): Generator<number, void> {
  switch (protocol) {
    case 'http':
    case 'https':
      for (const seconds of secondsOf(retryPolicyOf(deliveryPolicy))) yield seconds * 1000;
      return;
    case 'lambda':
    case 'sqs':
      yield* [0, 0, 0, 1000, 1000];
      for (let retry = 1; retry <= 10; retry += 1) yield between(1, 20, retry / 10, 'exponential') * 1000;
      for (let retry = 0; retry < MANY; retry += 1) yield 20_000;
      return;
    default:
      for (let failures = 1; ; failures += 1) yield backoffMs(failures, LOCAL);
  }
}

/** The phases in order: at once, at the least delay, growing, at the greatest delay. */
function* secondsOf(policy: RetryPolicy): Generator<number, void> {
  const { minDelayTarget: min, maxDelayTarget: max, numNoDelayRetries, numMinDelayRetries } = policy;
  const growing = policy.numRetries - numNoDelayRetries - numMinDelayRetries - policy.numMaxDelayRetries;
  for (let retry = 0; retry < numNoDelayRetries; retry += 1) yield 0;
  for (let retry = 0; retry < numMinDelayRetries; retry += 1) yield min;
  for (let retry = 1; retry <= growing; retry += 1) {
    yield between(min, max, retry / growing, policy.backoffFunction);
  }
  for (let retry = 0; retry < policy.numMaxDelayRetries; retry += 1) yield max;
}

/** AWS draws its four curves and gives no formulas: two of them are straight here, two grow by a factor. */
const between = (min: number, max: number, share: number, curve: RetryPolicy['backoffFunction']): number =>
  curve === 'exponential' || curve === 'geometric' ? min * (max / min) ** share : min + (max - min) * share;
