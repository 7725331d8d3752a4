/** Asynchronous invocations: accepted at once, run when an environment is free, and again when the function fails. */
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { SetupError } from '../base/setup-error.ts';
import type { StackResource } from '../stack/intrinsics.ts';
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
});
type Settings = Pick<
  z.infer<typeof eventInvokeProperties>,
  'MaximumEventAgeInSeconds' | 'MaximumRetryAttempts'
>;

const DEFAULTS: Settings = { MaximumEventAgeInSeconds: 21_600, MaximumRetryAttempts: 2 };

export interface AsyncInvocationsOptions {
  /** The template's `AWS::Lambda::EventInvokeConfig` resources. */
  configurations: StackResource[];
  clock: Clock;
  warn(text: string): void;
}

export class AsyncInvocations {
  readonly #settings = new Map<string, Settings>();
  readonly #clock: Clock;
  readonly #warn: (text: string) => void;
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();

  /** @throws SetupError for a configuration that does not run here */
  constructor({ configurations, clock, warn }: AsyncInvocationsOptions) {
    this.#clock = clock;
    this.#warn = warn;
    for (const { logicalId, properties } of configurations) {
      if ('DestinationConfig' in properties) {
        throw new SetupError(`${logicalId}: destinations of asynchronous invocations do not run here.`);
      }
      const parsed = eventInvokeProperties.parse(properties);
      this.#settings.set(parsed.FunctionName, parsed);
    }
  }

  accept(fn: LambdaFunction, payload: string): void {
    const run = this.#run(fn, payload).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  /** Finishes what runs; what waits for another attempt is dropped. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
  }

  async #run(fn: LambdaFunction, payload: string): Promise<void> {
    const settings = this.#settings.get(fn.name) ?? this.#settings.get(fn.arn) ?? DEFAULTS;
    const startMs = this.#clock.elapsed();
    for (let attempt = 0; ; attempt += 1) {
      const result = await fn.invoke(payload);
      if (result.status === 'ok') return;
      const waitMs = RETRY_WAITS_MS[attempt] ?? 0;
      const ageMs = this.#clock.elapsed() + waitMs - startMs;
      if (attempt >= settings.MaximumRetryAttempts || ageMs > settings.MaximumEventAgeInSeconds * 1000) {
        return this.#warn(failed(fn, result, attempt + 1));
      }
      await this.#clock.sleep(waitMs, this.#stopped.signal);
      if (this.#stopped.signal.aborted) return this.#warn(failed(fn, result, attempt + 1));
    }
  }
}

function failed(fn: LambdaFunction, result: Exclude<InvocationResult, { status: 'ok' }>, attempts: number) {
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  return `${fn.name} was invoked asynchronously and failed ${times}: ${result.errorType}: ${result.errorMessage}`;
}
