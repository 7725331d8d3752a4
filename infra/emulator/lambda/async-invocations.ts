/** Asynchronous invocations: accepted at once, run when an environment is free, and again when the function fails. */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import type { SendToQueue } from '../stack/send-to-queue.ts';
import type { LambdaFunction } from './function.ts';
import type { InvocationResult } from './result.ts';

/** Waits before the second and the third attempt: Lambda's own. */
const RETRY_WAITS_MS = [60_000, 120_000];
/** Largest event of an asynchronous invocation, in bytes. */
export const MAX_ASYNC_PAYLOAD_BYTES = 1024 * 1024;

export const eventInvokeProperties = z.object({
  FunctionName: z.string(),
  Qualifier: z.literal('$LATEST'),
  MaximumEventAgeInSeconds: z.coerce.number().int().min(60).max(21_600).default(21_600),
  MaximumRetryAttempts: z.coerce.number().int().min(0).max(2).default(2),
  DestinationConfig: z
    .strictObject({
      OnFailure: z
        .object({
          Destination: z
            .string()
            .regex(/^arn:[^:]+:sqs:/, 'Expected a queue: no other destination runs here'),
        })
        .optional(),
    })
    .optional(),
});
type Settings = Omit<z.infer<typeof eventInvokeProperties>, 'FunctionName' | 'Qualifier'>;

const DEFAULTS: Settings = { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 2 };

export interface AsyncInvocationsOptions {
  /** The template's `AWS::Lambda::EventInvokeConfig` resources. */
  configurations: StackResource[];
  clock: Clock;
  sendToQueue: SendToQueue;
  warn(text: string): void;
}

type Failed = Exclude<InvocationResult, { status: 'ok' }>;

export class AsyncInvocations {
  readonly #settings = new Map<string, Settings>();
  readonly #options: AsyncInvocationsOptions;
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  /** @throws ZodError for a configuration that does not run here */
  constructor(options: AsyncInvocationsOptions) {
    this.#options = options;
    for (const { properties } of options.configurations) {
      const parsed = eventInvokeProperties.parse(properties);
      this.#settings.set(parsed.FunctionName, parsed);
    }
  }

  accept(fn: LambdaFunction, payload: string): void {
    const run = this.#run(fn, payload).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Finishes what runs; what waits for another attempt goes where failures go. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  async #run(fn: LambdaFunction, payload: string): Promise<void> {
    const { clock } = this.#options;
    const settings = this.#settings.get(fn.name) ?? this.#settings.get(fn.arn) ?? DEFAULTS;
    const startMs = clock.elapsed();
    for (let attempts = 1; ; attempts += 1) {
      const result = await fn.invoke(payload);
      if (result.status === 'ok') return;
      const waitMs = RETRY_WAITS_MS[attempts - 1] ?? 0;
      const isLast = attempts > settings.MaximumRetryAttempts;
      const isOld = clock.elapsed() + waitMs - startMs > settings.MaximumEventAgeInSeconds * 1000;
      if (!isLast && !isOld) await clock.sleep(waitMs, this.#stopped.signal);
      if (!isLast && !isOld && !this.#stopped.signal.aborted) continue;
      // When the runtime stops, there are no more attempts: that says nothing of the event's age.
      const condition = isOld && !isLast ? 'EventAgeExceeded' : 'RetriesExhausted';
      return this.#giveUp(fn, { payload, result, attempts, condition }, settings);
    }
  }

  async #giveUp(fn: LambdaFunction, given: GivenUp, { DestinationConfig }: Settings): Promise<void> {
    const { clock, sendToQueue, warn } = this.#options;
    const queue = DestinationConfig?.OnFailure?.Destination;
    const text = failed(fn, given.result, given.attempts);
    if (queue === undefined) return warn(text);
    try {
      await sendToQueue(queue, fn.actor.accessKey, JSON.stringify(recordOf(fn, given, clock.now())));
      warn(`${text}; the event is in ${queue}`);
    } catch (error) {
      warn(`${text}; ${queue} does not take it: ${(error as Error).message}`);
    }
  }
}

interface GivenUp {
  payload: string;
  result: Failed;
  attempts: number;
  condition: 'RetriesExhausted' | 'EventAgeExceeded';
}

/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html */
const recordOf = (fn: LambdaFunction, { payload, result, attempts, condition }: GivenUp, nowMs: number) => ({
  version: '1.0',
  timestamp: new Date(nowMs).toISOString(),
  requestContext: {
    requestId: result.requestId,
    functionArn: `${fn.arn}:$LATEST`,
    condition,
    approximateInvokeCount: attempts,
  },
  requestPayload: JSON.parse(payload),
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: { errorType: result.errorType, errorMessage: result.errorMessage },
});

function failed(fn: LambdaFunction, result: Failed, attempts: number) {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  return `${fn.name} was invoked asynchronously and failed ${times}: ${result.errorType}: ${result.errorMessage}`;
}
