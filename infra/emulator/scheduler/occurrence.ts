/** One time at which a schedule is due: its target is called, again while it refuses, and at last given up. */
import { randomUUID } from 'node:crypto';
import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { own } from '../base/own.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Target } from './targets.ts';

/** AWS publishes no values, only that the waits grow exponentially. */
const BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

export interface CallPlan {
  scheduleArn: string;
  targetArn: string;
  target: Target;
  /** With the names of context attributes. */
  input: string | undefined;
  maxAgeMs: number;
  maxRetries: number;
  /** Takes what is given up; undefined where the schedule has no dead-letter queue. */
  deadLetter?(body: string, attributes: Record<string, string>): Promise<void>;
  clock: Clock;
  warn(text: string): void;
}

type Exhausted = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

/** Resolves when the target has accepted, when it is given up, or after the stop. Never rejects. */
export async function callTarget(plan: CallPlan, scheduledMs: number, stopped: AbortSignal): Promise<void> {
  const { clock, target } = plan;
  const executionId = randomUUID();
  const startMs = clock.elapsed();
  for (let attempt = 1; ; attempt += 1) {
    const input = withAttributes(plan, { scheduledMs, executionId, attempt });
    try {
      return await target(input);
    } catch (error) {
      const waitMs = backoffMs(attempt, BACKOFF);
      const isTooOld = clock.elapsed() + waitMs - startMs > plan.maxAgeMs;
      const exhausted: Exhausted | undefined =
        attempt > plan.maxRetries
          ? 'MaximumRetryAttempts'
          : isTooOld
            ? 'MaximumEventAgeInSeconds'
            : undefined;
      if (exhausted) {
        const failure = { error: error as Error, exhausted, retries: attempt - 1 };
        return giveUp(plan, input ?? '{}', { ...failure, scheduledMs, executionId });
      }
      await clock.sleep(waitMs, stopped);
      if (stopped.aborted) return plan.warn(`${plan.scheduleArn} was to be retried: ${text(error)}`);
    }
  }
}

interface Context {
  scheduledMs: number;
  executionId: string;
  attempt: number;
}

/** https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function withAttributes({ input, scheduleArn }: CallPlan, context: Context): string | undefined {
  const values: Record<string, string> = {
    'schedule-arn': scheduleArn,
    'scheduled-time': secondsOf(context.scheduledMs),
    'execution-id': context.executionId,
    'attempt-number': String(context.attempt),
  };
  return input?.replaceAll(/<aws\.scheduler\.([a-z-]+)>/g, (all, name: string) => own(values, name) ?? all);
}

interface Failure {
  error: Error;
  exhausted: Exhausted;
  retries: number;
  scheduledMs: number;
  executionId: string;
}

async function giveUp(plan: CallPlan, body: string, failure: Failure): Promise<void> {
  const { error, exhausted, retries, scheduledMs, executionId } = failure;
  plan.warn(`${plan.scheduleArn} could not call its target: ${text(error)}`);
  const attributes = {
    ERROR_CODE: error instanceof AwsError ? error.code : 'AWS.Scheduler.InternalServerError',
    ERROR_MESSAGE: error.message || 'unknown',
    EXECUTION_ID: executionId,
    EXHAUSTED_RETRY_CONDITION: exhausted,
    IS_PAYLOAD_TRUNCATED: 'false',
    RETRY_ATTEMPTS: String(retries),
    SCHEDULED_TIME: secondsOf(scheduledMs),
    SCHEDULE_ARN: plan.scheduleArn,
    TARGET_ARN: plan.targetArn,
  };
  try {
    await plan.deadLetter?.(body, attributes);
  } catch (cause) {
    plan.warn(`${plan.scheduleArn} could not reach its dead-letter queue: ${text(cause)}`);
  }
}

/** Such as `2022-03-22T18:59:43Z`. */
const secondsOf = (epochMs: number) => `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
const text = (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
