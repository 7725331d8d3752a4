/** The API of EventBridge Scheduler for schedules: method and path, and JSON. */

import { issueIn } from '../base/issue.ts';
import { own } from '../base/own.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { page } from '../wire/json-operation.ts';
import { type RestOperation, restService } from '../wire/rest-service.ts';
import { ACCESS } from './access.ts';
import { type Definition, scheduleRequest } from './definition.ts';
import type { Kept, Schedules } from './schedules.ts';

export const createSchedulerApi = (schedules: Schedules): ServedApi =>
  restService({
    title: 'EventBridge Scheduler',
    operations: operationsOf(schedules),
    needs: (operation, _, { name, query, body }) => own(ACCESS, operation)?.({ name, query, body }),
  });

function operationsOf(schedules: Schedules): Record<string, RestOperation> {
  return {
    CreateSchedule: {
      on: 'POST /schedules/{}',
      answer: ({ name, body }) => ({
        ScheduleArn: checked(() => schedules.add(name, definitionOf(name, body))).arn,
      }),
    },
    UpdateSchedule: {
      on: 'PUT /schedules/{}',
      async answer({ name, body }) {
        const { arn } = await checked(() => schedules.replace(name, definitionOf(name, body)));
        return { ScheduleArn: arn };
      },
    },
    DeleteSchedule: {
      on: 'DELETE /schedules/{}',
      async answer({ name, query }) {
        await schedules.delete(name, query.get('groupName') ?? 'default');
        return {};
      },
    },
    GetSchedule: {
      on: 'GET /schedules/{}',
      answer: ({ name, query }) => describe(schedules.get(name, query.get('groupName') ?? 'default')),
    },
    ListSchedules: { on: 'GET /schedules', answer: ({ query }) => list(schedules, query) },
  };
}

function list(schedules: Schedules, query: URLSearchParams): object {
  const [group, prefix, state] = ['ScheduleGroup', 'NamePrefix', 'State'].map((key) => query.get(key));
  const found = schedules
    .list()
    .filter(({ definition }) => !group || definition.GroupName === group)
    .filter(({ name }) => name.startsWith(prefix ?? ''))
    .filter(({ definition }) => !state || definition.State === state);
  const size = Number(query.get('MaxResults') ?? 100);
  const { items, next } = checked(() =>
    page('ListSchedules', found, size, query.get('NextToken') ?? undefined),
  );
  return { Schedules: items.map(summary), ...(next !== undefined && { NextToken: next }) };
}

function definitionOf(name: string, body: unknown): Definition {
  const parsed = scheduleRequest.safeParse({ ...(body as object), Name: name });
  if (parsed.success) return parsed.data;
  throw new AwsError('ValidationException', issueIn(parsed.error));
}

/** An expression, a target or a token that is wrong is the caller's error. */
function checked<T>(act: () => T): T {
  const refused = (error: unknown) => {
    throw error instanceof AwsError ? error : new AwsError('ValidationException', (error as Error).message);
  };
  try {
    const result = act();
    return (result instanceof Promise ? result.catch(refused) : result) as T;
  } catch (error) {
    return refused(error);
  }
}

const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

function describe({ arn, name, definition, createdMs, modifiedMs }: Kept): object {
  const { StartDate, EndDate } = definition;
  return {
    ...definition,
    ...{ Arn: arn, Name: name, StartDate: seconds(StartDate), EndDate: seconds(EndDate) },
    ...{ CreationDate: seconds(createdMs), LastModificationDate: seconds(modifiedMs) },
  };
}

const summary = ({ arn, name, definition, createdMs, modifiedMs }: Kept): object => ({
  ...{ Arn: arn, Name: name, GroupName: definition.GroupName, State: definition.State },
  ...{ CreationDate: seconds(createdMs), LastModificationDate: seconds(modifiedMs) },
  Target: { Arn: definition.Target.Arn },
});
