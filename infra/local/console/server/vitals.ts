/** The last activity of each stage, and its failures of the last seconds. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../../../emulator/base/clock.ts';
import type { EventBus } from '../../../emulator/base/events.ts';
import { AwsError } from '../../../emulator/wire/aws-error.ts';
import type { Interceptor } from '../../../emulator/wire/gateway.ts';
import type { RefusedCalls, ShownFault, Vitals } from '../page-state.ts';

const RECENT_MS = 12_000;
const MAX_KEPT = 1_000;
/** The mapping's own message has only a sequence number, which tells a person nothing. */
const PARTIAL = 'Part of a batch failed and is tried again';

/** Programs ask whether something exists, and expect that it may not: such an answer is not a failure. */
const QUESTIONS = /^(?:Describe|List)/;
/** Somebody else has written first. The caller asked to be told, so this is not a failure. */
const ANSWERS = /^(?:ConditionalCheckFailed|TransactionCanceled)Exception$/;

export interface VitalsWatch {
  /** Sees the outcome of every AWS call. */
  intercept: Interceptor;
  now(): Vitals;
}

interface Refusal extends Omit<RefusedCalls, 'count'> {
  service: string;
}

/** @param faults those in force */
export function watchVitals(
  bus: EventBus,
  clock: Pick<Clock, 'now' | 'elapsed'>,
  faults: { list(): Pick<ShownFault, 'on'>[] },
): VitalsWatch {
  const recent = <T>() => new Recent<T>(() => clock.elapsed());
  const refusals = recent<Refusal>();
  const failures = recent<string>();
  const writeFailures = recent<string>();
  let invocation: Omit<NonNullable<Vitals['invocation']>, 'agoMs'> | undefined;
  /** By the monotonic clock. */
  const last: { invocation?: number; delivery?: number; mail?: number } = {};
  const ago = (at: number | undefined) => (at === undefined ? undefined : clock.elapsed() - at);

  bus.on('event', (event) => {
    if (event.type === 'invocation') {
      const { records, durationMs, outcome, error = outcome } = event;
      invocation = { records, durationMs, outcome, at: clock.now() };
      last.invocation = clock.elapsed();
      if (outcome !== 'ok') failures.add(outcome === 'partial' ? PARTIAL : error);
    } else if (event.type === 'delivery') {
      last.delivery = clock.elapsed();
      writeFailures.clear();
    } else if (event.type === 'mail') last.mail = clock.elapsed();
    else if (event.type === 'notice' && event.deliveryStream) writeFailures.add(event.text);
  });

  function refuse(service: string, operation: string, code: string | undefined): void {
    if (QUESTIONS.test(operation) || (code !== undefined && ANSWERS.test(code))) return;
    const name = `${service}.${operation}`;
    const onPurpose = faults.list().some(({ on }) => on === name || on === `${service}.*`);
    refusals.add({ service, operation: name, code, onPurpose });
  }

  return {
    async intercept(request, response, next) {
      const { service, operation } = request;
      const written = codeWritten(response);
      try {
        await next(request, response);
        if (response.statusCode >= 400) refuse(service, operation, written());
      } catch (error) {
        refuse(service, operation, error instanceof AwsError ? error.code : undefined);
        throw error;
      }
    },
    now: () => ({
      refused: countBy(refusals.list(), ({ service }) => service),
      refusals: byOperation(refusals.list()),
      failedInvocations: failures.list().length,
      failure: failures.list().at(-1),
      invocation: invocation && { ...invocation, agoMs: ago(last.invocation) ?? 0 },
      writeFailure: writeFailures.list().at(-1),
      deliveredAgoMs: ago(last.delivery),
      mailedAgoMs: ago(last.mail),
    }),
  };
}

/** The code of an error that a service of JSON writes by itself; to be asked for when it has. */
function codeWritten(response: ServerResponse): () => string | undefined {
  let code: string | undefined;
  const { end } = response;
  response.end = (...rest: unknown[]) => {
    if (response.statusCode >= 400) code = /"__type":"(?:[^"]*#)?(\w+)"/.exec(String(rest[0]))?.[1];
    return end.apply(response, rest as Parameters<typeof end>);
  };
  return () => code;
}

/** What was in the last seconds, oldest first. */
class Recent<T> {
  readonly #elapsed: () => number;
  #entries: { value: T; at: number }[] = [];

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  add(value: T): void {
    this.#entries.push({ value, at: this.#elapsed() });
    if (this.#entries.length > 2 * MAX_KEPT) this.#entries = this.#entries.slice(-MAX_KEPT);
  }

  clear(): void {
    this.#entries = [];
  }

  list(): T[] {
    const since = this.#elapsed() - RECENT_MS;
    this.#entries = this.#entries.filter(({ at }) => at > since);
    return this.#entries.map(({ value }) => value);
  }
}

function countBy<T>(list: readonly T[], key: (value: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of list) counts[key(value)] = (counts[key(value)] ?? 0) + 1;
  return counts;
}

function byOperation(refusals: readonly Refusal[]): RefusedCalls[] {
  const calls = new Map<string, RefusedCalls>();
  for (const { operation, code, onPurpose } of refusals) {
    const key = `${operation} ${code} ${onPurpose}`;
    const count = (calls.get(key)?.count ?? 0) + 1;
    calls.set(key, { operation, code, onPurpose, count });
  }
  return [...calls.values()].sort((a, b) => b.count - a.count);
}
