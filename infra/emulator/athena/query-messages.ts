/** What the runtime and a process that runs queries say to each other. */
import type { CatalogTable } from '../glue/catalog.ts';
import type { ResultFile } from './query/results.ts';
import type { Query } from './query/select.ts';
import type { QueryLimits } from './query-limits.ts';
import type { Runner } from './statement-kinds.ts';

export interface Job {
  id: number;
  runner: Runner;
  query: Query;
  /** What the query calls now, ms since the epoch. */
  now: number;
  /** Of the result file. */
  path: string;
  /** Bytes that it may scan. */
  scanLimit: number | undefined;
}

export type ToProcess =
  /** First of all: the lake, and what queries may take. */
  | { kind: 'open'; tables: CatalogTable[]; s3Root: string; limits: QueryLimits }
  | { kind: 'run'; job: Job }
  /** Is this a SELECT? */
  | { kind: 'parse'; id: number; sql: string }
  /** Repeated until the query is over: the engine forgets an interrupt that comes between two of its calls. */
  | { kind: 'stop'; id: number };

export interface WireError {
  /** Of an error that Athena's API answers with, at once; else it is the reason of a failed query. */
  aws?: { code: string; status: number };
  message: string;
  /** The query would scan more than it may. */
  overLimit?: true;
}

export type FromProcess =
  | { kind: 'planned'; id: number; bytes: number }
  | { kind: 'done'; id: number; result: ResultFile | undefined }
  | { kind: 'failed'; id: number; error: WireError };
