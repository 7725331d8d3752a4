/** The API of EventBridge Scheduler for schedules: method and path, and JSON. */
import type { ServerResponse } from 'node:http';
import { own } from '../base/own.ts';
import type { Fields } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type AwsRequest, parseJsonBody } from '../wire/aws-request.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { page } from '../wire/json-operation.ts';
import { parseTarget, unescapePath } from '../wire/request-target.ts';
import { ACCESS } from './access.ts';
import { type Definition, scheduleRequest } from './definition.ts';
import type { Kept, Schedules } from './schedules.ts';

interface Call {
  name: string;
  query: URLSearchParams;
  body: unknown;
}
type Answer = (call: Call) => object | Promise<object>;

const NAMED: Record<string, string> = {
  POST: 'CreateSchedule',
  GET: 'GetSchedule',
  PUT: 'UpdateSchedule',
  DELETE: 'DeleteSchedule',
};

export function createSchedulerApi(schedules: Schedules): ServedApi {
  const operations = operationsOf(schedules);
  return {
    operationOf,
    denied: ['AccessDeniedException', 403],
    needs: (request) =>
      own(ACCESS, request.operation)?.({ ...placeOf(request), body: parseJsonBody(request) as Fields }),
    async handle(request, response) {
      const operation = own(operations, request.operation);
      if (!operation) {
        const known = Object.keys(operations).sort().join(', ');
        throw new AwsError('NotImplemented', `Local EventBridge Scheduler does ${known}`, 501);
      }
      send(response, await operation({ ...placeOf(request), body: parseJsonBody(request) }));
    },
  };
}

function placeOf({ url }: Pick<AwsRequest, 'url'>): { name: string; query: URLSearchParams } {
  const { path, query } = parseTarget(url);
  return { name: unescapePath(path.split('/')[2] ?? ''), query };
}

function operationOf({ method, url }: Pick<AwsRequest, 'method' | 'url'>): string | undefined {
  const { path } = parseTarget(url);
  if (path === '/schedules') return method === 'GET' ? 'ListSchedules' : undefined;
  return /^\/schedules\/[^/]+$/.test(path) ? own(NAMED, method) : undefined;
}

function operationsOf(schedules: Schedules): Record<string, Answer> {
  return {
    CreateSchedule: ({ name, body }) => ({
      ScheduleArn: checked(() => schedules.add(name, definitionOf(name, body))).arn,
    }),
    UpdateSchedule: async ({ name, body }) => {
      const { arn } = await checked(() => schedules.replace(name, definitionOf(name, body)));
      return { ScheduleArn: arn };
    },
    DeleteSchedule: async ({ name, query }) => {
      await schedules.delete(name, query.get('groupName') ?? 'default');
      return {};
    },
    GetSchedule: ({ name, query }) => describe(schedules.get(name, query.get('groupName') ?? 'default')),
    ListSchedules: ({ query }) => {
      const [group, prefix, state] = ['ScheduleGroup', 'NamePrefix', 'State'].map((key) => query.get(key));
      const found = schedules
        .list()
        .filter(({ definition }) => !group || definition.GroupName === group)
        .filter(({ name }) => name.startsWith(prefix ?? ''))
        .filter(({ definition }) => !state || definition.State === state);
      const size = Number(query.get('MaxResults') ?? 100);
      const { items, next } = checked(() => page(found, size, query.get('NextToken') ?? undefined));
      return { Schedules: items.map(summary), ...(next !== undefined && { NextToken: next }) };
    },
  };
}

function definitionOf(name: string, body: unknown): Definition {
  const parsed = scheduleRequest.safeParse({ ...(body as object), Name: name });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AwsError('ValidationException', `${issue?.path.join('.')}: ${issue?.message}`);
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

function send(response: ServerResponse, answer: object): void {
  const body = JSON.stringify(answer);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
