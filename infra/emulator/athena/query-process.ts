/**
 * A process that runs queries, one at a time, for the runtime that started it. It has the engine to itself, so whatever a
 * query does to it, it does to no other and not to the pipeline; the runtime ends it where it does not obey.
 */
import { writeFileSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { AwsError } from '../wire/aws-error.ts';
import { Engine } from './engine.ts';
import { ScanLimitExceeded } from './execution.ts';
import { Footers } from './query/footers.ts';
import { parseAhead } from './query/parse.ts';
import { s3Folder } from './query/projection.ts';
import type { ResultFile } from './query/results.ts';
import type { Lake } from './query/tables.ts';
import type { FromProcess, Job, ToProcess, WireError } from './query-messages.ts';
import { explain } from './sql/errors.ts';
import { QueryError } from './sql/refusal.ts';
import { RUNNERS } from './statements.ts';

interface Running {
  connection: DuckDBConnection | undefined;
  stopped: boolean;
}

let engine: Engine;
let lake: Omit<Lake, 'now'>;
let resultBytes: number;
const running = new Map<number, Running>();

const send = (message: FromProcess) => void process.send?.(message);

function open({ tables, s3Root, limits }: ToProcess & { kind: 'open' }): void {
  resultBytes = limits.resultBytes;
  lake = { tables, s3Root, footers: new Footers() };
  engine = new Engine({
    folders: tables.map((table) => s3Folder(s3Root, table.location)),
    memoryBytes: limits.engineBytes,
  });
}

async function run(job: Job): Promise<void> {
  const { id, query, now, path, scanLimit } = job;
  const state: Running = { connection: undefined, stopped: false };
  running.set(id, state);
  const onPlanned = (bytes: number) => {
    send({ kind: 'planned', id, bytes });
    // A query stopped while it was planned must not start: there was nothing to interrupt yet.
    if (state.stopped) throw new Error('Stopped');
    if (scanLimit !== undefined && bytes > scanLimit) throw new ScanLimitExceeded();
  };
  await answered(id, () =>
    engine.connected((connection) => {
      state.connection = connection;
      return RUNNERS[job.runner](connection, query, { ...lake, now }, path, { onPlanned, resultBytes });
    }),
  );
  running.delete(id);
}

/** What only this engine cannot read will fail when it runs; what nobody can is said at once. */
const parse = (id: number, sql: string): Promise<void> =>
  answered(id, async () => {
    try {
      await engine.connected((connection) => parseAhead(connection, sql));
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
    }
    return undefined;
  });

async function answered(id: number, work: () => Promise<ResultFile | undefined>): Promise<void> {
  try {
    send({ kind: 'done', id, result: await work() });
  } catch (error) {
    send({ kind: 'failed', id, error: wireError(error) });
  }
}

function wireError(error: unknown): WireError {
  if (error instanceof ScanLimitExceeded) return { message: '', overLimit: true };
  const explained = explain(error);
  const message = explained.message.replaceAll(`${lake.s3Root}/`, 's3://');
  return explained instanceof AwsError
    ? { message, aws: { code: explained.code, status: explained.status } }
    : { message };
}

function stop(id: number): void {
  const state = running.get(id);
  if (!state) return;
  state.stopped = true;
  state.connection?.interrupt();
}

function receive(message: ToProcess): void {
  switch (message.kind) {
    case 'open':
      open(message);
      break;
    case 'run':
      void run(message.job);
      break;
    case 'parse':
      void parse(message.id, message.sql);
      break;
    case 'stop':
      stop(message.id);
      break;
  }
}

try {
  // Where the machine runs out of memory, this process goes first (Linux).
  writeFileSync('/proc/self/oom_score_adj', '1000');
} catch {
  // Another system has no such file.
}
process.on('message', receive);
// A terminal sends Ctrl-C to all of its processes: the runtime decides when this one ends.
process.on('SIGINT', () => undefined);
// The runtime is gone. Whatever runs here is for nobody.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
