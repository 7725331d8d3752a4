/** The schedules by their names: those of the template, and those that were made by the API. */
import type { Clock } from '../base/clock.ts';
import type { Actor } from '../iam/service.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Definition } from './definition.ts';
import type { CallPlan } from './occurrence.ts';
import { type Schedule, startSchedule } from './schedule.ts';
import { type TargetParts, targetOf } from './targets.ts';

export interface Kept extends Schedule {
  arn: string;
  name: string;
  createdMs: number;
  modifiedMs: number;
}

interface SchedulesOptions extends TargetParts {
  clock: Clock;
  /** Names of the groups besides `default`. */
  groups: readonly string[];
  /** The ARN of a schedule, by `group/name`. */
  arnOf(path: string): string;
  /** Who uses a role for the schedules of a group. */
  actorOf(roleArn: string, group: string): Actor;
  warn(text: string): void;
}

export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #all = new Map<string, Kept>();

  constructor(options: SchedulesOptions) {
    this.#options = options;
  }

  /** @throws RangeError for a definition that cannot run, AwsError for a name that is taken or a group that is not there */
  add(name: string, definition: Definition): Kept {
    const path = this.#pathOf(name, definition.GroupName);
    if (this.#all.has(path)) throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
    return this.#start(path, name, definition, this.#options.clock.now());
  }

  async replace(name: string, definition: Definition): Promise<Kept> {
    const path = this.#pathOf(name, definition.GroupName);
    const old = this.get(name, definition.GroupName);
    const { createdMs } = old;
    const replaced = this.#start(path, name, definition, createdMs);
    await old.stop();
    return replaced;
  }

  async delete(name: string, group: string): Promise<void> {
    const kept = this.get(name, group);
    this.#all.delete(this.#pathOf(name, group));
    await kept.stop();
  }

  /** @throws AwsError */
  get(name: string, group: string): Kept {
    const kept = this.#all.get(this.#pathOf(name, group));
    if (kept) return kept;
    throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  }

  list(): Kept[] {
    return [...this.#all.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, kept]) => kept);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all.values()].map((kept) => kept.stop()));
  }

  #pathOf(name: string, group: string): string {
    if (group === 'default' || this.#options.groups.includes(group)) return `${group}/${name}`;
    throw new AwsError('ResourceNotFoundException', `Schedule group ${group} does not exist.`, 404);
  }

  #start(path: string, name: string, definition: Definition, createdMs: number): Kept {
    const { clock, arnOf } = this.#options;
    const arn = arnOf(path);
    const schedule = startSchedule({
      ...{ definition, clock, plan: this.#planOf(arn, definition) },
      onCompleted: () => {
        const isCurrent = this.#all.get(path) === kept;
        if (definition.ActionAfterCompletion === 'DELETE' && isCurrent) this.#all.delete(path);
      },
    });
    const kept: Kept = { ...schedule, arn, name, createdMs, modifiedMs: clock.now() };
    this.#all.set(path, kept);
    return kept;
  }

  #planOf(scheduleArn: string, { Target, GroupName }: Definition): CallPlan {
    const { clock, warn, sendToQueue, actorOf } = this.#options;
    const actor = actorOf(Target.RoleArn, GroupName);
    const { Arn: targetArn, Input: input, RetryPolicy, DeadLetterConfig } = Target;
    const deadLetters = DeadLetterConfig?.Arn;
    return {
      ...{ scheduleArn, targetArn, input, clock, warn },
      target: targetOf(targetArn, input, this.#options, actor),
      maxAgeMs: RetryPolicy.MaximumEventAgeInSeconds * 1000,
      maxRetries: RetryPolicy.MaximumRetryAttempts,
      ...(deadLetters !== undefined && {
        deadLetter: (body, attributes) => {
          const texts = Object.entries(attributes).map(([key, StringValue]) => [
            key,
            { DataType: 'String', StringValue },
          ]);
          return sendToQueue(deadLetters, actor.accessKey, body, Object.fromEntries(texts));
        },
      }),
    };
  }
}
