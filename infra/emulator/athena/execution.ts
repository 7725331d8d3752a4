/** One query execution: its states, its statistics, and how both look in GetQueryExecution. */
import type { ResultFile } from './query/results.ts';
import type { Query } from './query/select.ts';
import type { StatementKind } from './statement-kinds.ts';
import type { WorkGroup } from './work-groups.ts';

export type ExecutionState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';

/** Athena's reason for a query that would scan more than its workgroup allows. */
export const SCAN_LIMIT_REASON = 'Bytes scanned limit was exceeded';

export class ScanLimitExceeded extends Error {}

export interface Execution {
  id: string;
  query: Query;
  statement: StatementKind;
  workGroup: WorkGroup;
  catalog: string | undefined;
  /** `s3://…` of the result file. */
  outputLocation: string;
  state: ExecutionState;
  reason: string | undefined;
  /** In ms since the epoch. */
  submittedAt: number;
  completedAt: number | undefined;
  /** When it came to each step, in ms on the monotonic clock. */
  timing: { submitted: number; started?: number; planned?: number; completed?: number };
  scannedBytes: number;
  result: ResultFile | undefined;
  /** Of the running query. */
  stop: (() => void) | undefined;
  stopped: boolean;
}

export const isOver = (execution: Execution): boolean =>
  execution.state !== 'QUEUED' && execution.state !== 'RUNNING';

/** Whole ones; none while the later step is still to come. */
const millis = (ms: number) => Math.max(0, Math.round(ms));
const seconds = (ms: number | undefined) => (ms === undefined ? undefined : ms / 1000);

/** In the form of GetQueryExecution. */
export function executionDetail(execution: Execution): object {
  const { query, workGroup } = execution;
  const { submitted, completed = submitted, started = completed, planned = started } = execution.timing;
  return {
    QueryExecutionId: execution.id,
    Query: query.sql,
    StatementType: execution.statement.type,
    ResultConfiguration: {
      OutputLocation: execution.outputLocation,
      ...(workGroup.encryption ? { EncryptionConfiguration: workGroup.encryption } : {}),
    },
    QueryExecutionContext: { Database: query.database, Catalog: execution.catalog },
    ...(query.parameters.length > 0 ? { ExecutionParameters: query.parameters } : {}),
    Status: {
      State: execution.state,
      StateChangeReason: execution.reason,
      SubmissionDateTime: seconds(execution.submittedAt),
      CompletionDateTime: seconds(execution.completedAt),
      ...(execution.state === 'FAILED'
        ? {
            AthenaError: {
              ErrorCategory: 2,
              ErrorType: 1006,
              Retryable: false,
              ErrorMessage: execution.reason,
            },
          }
        : {}),
    },
    Statistics: {
      EngineExecutionTimeInMillis: millis(completed - started),
      DataScannedInBytes: execution.scannedBytes,
      TotalExecutionTimeInMillis: millis(completed - submitted),
      QueryQueueTimeInMillis: millis(started - submitted),
      QueryPlanningTimeInMillis: millis(planned - started),
      ServiceProcessingTimeInMillis: 0,
    },
    WorkGroup: workGroup.name,
    EngineVersion: { SelectedEngineVersion: 'AUTO', EffectiveEngineVersion: 'Athena engine version 3' },
  };
}
