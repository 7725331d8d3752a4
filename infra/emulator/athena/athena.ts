/**
 * Local Athena: the operations of the AWS API, over the folders of the buckets. Queries run in processes of their own.
 * docs/sql.md says which SQL it answers and refuses.
 */
import { z } from 'zod';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type JsonApi, type Operations, operation, page } from '../wire/json-operation.ts';
import type { Lookup } from './access.ts';
import { catalogOperations } from './catalog-operations.ts';
import { executionDetail } from './execution.ts';
import { Executions } from './executions.ts';
import { QUERY_LIMITS, type QueryLimits } from './query-limits.ts';
import type { QueryProgram } from './query-program.ts';
import { QueryWorkers } from './query-workers.ts';
import { resultPage } from './result-page.ts';
import {
  findWorkGroup,
  type NamedQuery,
  parseNamedQueries,
  parseWorkGroups,
  type WorkGroup,
  workGroupDetail,
  workGroupSummary,
} from './work-groups.ts';

export interface AthenaOptions {
  tables: CatalogTable[];
  /** Resolved properties of each `AWS::Athena::WorkGroup`. */
  workGroups: unknown[];
  /** Resolved properties of each `AWS::Athena::NamedQuery`. */
  namedQueries: { id: string; properties: unknown }[];
  /** Absolute path of the folder whose subfolders are the buckets. */
  s3Root: string;
  bus: EventBus;
  clock?: Clock;
  /** Instead of Athena's limits and this machine's. */
  limits?: Partial<QueryLimits>;
  queryProgram?: QueryProgram | undefined;
}

export interface Athena extends Lookup {
  /**
   * Answers one operation of `AmazonAthena`, such as `StartQueryExecution`.
   * @throws AwsError
   */
  api: JsonApi;
  /** Stops running queries and ends their processes. */
  close(): Promise<void>;
}

export function openAthena(options: AthenaOptions): Athena {
  const { tables, s3Root, bus, clock = systemClock, queryProgram } = options;
  const workGroups = parseWorkGroups(options.workGroups);
  const namedQueries = parseNamedQueries(options.namedQueries);
  const limits = { ...QUERY_LIMITS, ...options.limits };
  const workers = new QueryWorkers({ tables, s3Root, limits, clock, queryProgram });
  const executions = new Executions({ workers, s3Root, bus, clock });
  const operations: Operations = {
    ...executionOperations(executions, workGroups),
    ...workGroupOperations(workGroups, namedQueries),
    ...catalogOperations(tables),
  };
  const api = {
    title: 'Athena',
    operations,
    errors: { invalid: 'InvalidRequestException', unknown: 'UnknownOperationException' },
  };
  return {
    api,
    workGroupOf: (id) =>
      executions.find(id)?.workGroup.name ??
      namedQueries.find(({ NamedQueryId }) => NamedQueryId === id)?.WorkGroup,
    async close() {
      await executions.close();
      await workers.close();
    },
  };
}

/** Of UTF-8, as Athena counts them. */
const MAX_QUERY_BYTES = 262_144;

const id = z.string().min(1);
const listing = z.object({
  MaxResults: z.number().int().max(50).default(50),
  NextToken: z.string().optional(),
});

const startRequest = z.object({
  QueryString: z
    .string()
    .min(1)
    .refine((sql) => Buffer.byteLength(sql) <= MAX_QUERY_BYTES, `at most ${MAX_QUERY_BYTES} bytes`),
  ClientRequestToken: z.string().min(32).max(128).optional(),
  QueryExecutionContext: z
    .object({ Database: z.string().optional(), Catalog: z.string().optional() })
    .default({}),
  ResultConfiguration: z.object({ OutputLocation: z.string().optional() }).loose().optional(),
  WorkGroup: z.string().optional(),
  ExecutionParameters: z.array(z.string().min(1).max(1024)).default([]),
});

function startQuery(
  executions: Executions,
  workGroup: WorkGroup,
  request: z.infer<typeof startRequest>,
): Promise<{ id: string }> {
  if (workGroup.state === 'DISABLED') {
    throw new AwsError('InvalidRequestException', `WorkGroup ${workGroup.name} is disabled.`);
  }
  const { Database: database, Catalog: catalog } = request.QueryExecutionContext;
  return executions.start({
    query: { sql: request.QueryString, database, parameters: request.ExecutionParameters },
    ...{ catalog, workGroup },
    outputFolder: outputFolder(workGroup, request.ResultConfiguration?.OutputLocation),
    token: request.ClientRequestToken,
  });
}

function describeQueries(executions: Executions, ids: string[]) {
  const found: object[] = [];
  const missing: object[] = [];
  for (const QueryExecutionId of ids) {
    try {
      found.push(executionDetail(executions.get(QueryExecutionId)));
    } catch (error) {
      const { message: ErrorMessage } = error as Error;
      missing.push({ QueryExecutionId, ErrorCode: 'INVALID_INPUT', ErrorMessage });
    }
  }
  return { QueryExecutions: found, UnprocessedQueryExecutionIds: missing };
}

function executionOperations(executions: Executions, workGroups: WorkGroup[]): Operations {
  return {
    StartQueryExecution: operation(startRequest, async (request) => {
      const workGroup = findWorkGroup(workGroups, request.WorkGroup);
      return { QueryExecutionId: (await startQuery(executions, workGroup, request)).id };
    }),
    GetQueryExecution: operation(z.object({ QueryExecutionId: id }), (request) => ({
      QueryExecution: executionDetail(executions.get(request.QueryExecutionId)),
    })),
    BatchGetQueryExecution: operation(
      z.object({ QueryExecutionIds: z.array(id).min(1).max(50) }),
      ({ QueryExecutionIds }) => describeQueries(executions, QueryExecutionIds),
    ),
    ListQueryExecutions: operation(listing.extend({ WorkGroup: z.string().optional() }), (request) => {
      const workGroup = findWorkGroup(workGroups, request.WorkGroup);
      const all = executions.list(workGroup).map((one) => one.id);
      const list = `ListQueryExecutions ${workGroup.name}`;
      const { items, next } = page(list, all, request.MaxResults, request.NextToken);
      return { QueryExecutionIds: items, NextToken: next };
    }),
    StopQueryExecution: operation(z.object({ QueryExecutionId: id }), (request) => {
      executions.stop(request.QueryExecutionId);
      return {};
    }),
    GetQueryResults: operation(
      z.object({
        QueryExecutionId: id,
        MaxResults: z.number().int().min(1).max(1000).default(1000),
        NextToken: z.string().optional(),
      }),
      (request) =>
        resultPage(executions.get(request.QueryExecutionId), request.MaxResults, request.NextToken),
    ),
  };
}

/** The workgroup's location if it is enforced, else the caller's. */
function outputFolder(workGroup: WorkGroup, requested: string | undefined): string {
  const folder = workGroup.enforced
    ? (workGroup.outputLocation ?? requested)
    : (requested ?? workGroup.outputLocation);
  if (folder === undefined) {
    throw new AwsError(
      'InvalidRequestException',
      'No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.',
    );
  }
  if (!/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/|$)/.test(folder) || folder.split('/').includes('..')) {
    throw new AwsError('InvalidRequestException', `outputLocation is not a valid S3 path: ${folder}`);
  }
  return folder;
}

function workGroupOperations(workGroups: WorkGroup[], namedQueries: NamedQuery[]): Operations {
  const named = (wanted: string) => namedQueries.find((query) => query.NamedQueryId === wanted);
  return {
    ListWorkGroups: operation(listing, (request) => {
      const all = workGroups.map(workGroupSummary);
      const { items, next } = page('ListWorkGroups', all, request.MaxResults, request.NextToken);
      return { WorkGroups: items, NextToken: next };
    }),
    GetWorkGroup: operation(z.object({ WorkGroup: z.string() }), (request) => ({
      WorkGroup: workGroupDetail(findWorkGroup(workGroups, request.WorkGroup)),
    })),
    ListNamedQueries: operation(listing.extend({ WorkGroup: z.string().optional() }), (request) => {
      const { name } = findWorkGroup(workGroups, request.WorkGroup);
      const ids = namedQueries.filter((query) => query.WorkGroup === name).map((query) => query.NamedQueryId);
      const { items, next } = page(`ListNamedQueries ${name}`, ids, request.MaxResults, request.NextToken);
      return { NamedQueryIds: items, NextToken: next };
    }),
    GetNamedQuery: operation(z.object({ NamedQueryId: id }), (request) => {
      const query = named(request.NamedQueryId);
      if (!query)
        throw new AwsError('InvalidRequestException', `NamedQuery ${request.NamedQueryId} was not found`);
      return { NamedQuery: query };
    }),
    BatchGetNamedQuery: operation(z.object({ NamedQueryIds: z.array(id).min(1).max(50) }), (request) => ({
      NamedQueries: request.NamedQueryIds.flatMap((wanted) => named(wanted) ?? []),
      UnprocessedNamedQueryIds: request.NamedQueryIds.filter((wanted) => !named(wanted)).map((wanted) => ({
        NamedQueryId: wanted,
        ErrorCode: 'INVALID_INPUT',
        ErrorMessage: `NamedQuery ${wanted} was not found`,
      })),
    })),
  };
}
