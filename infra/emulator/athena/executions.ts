/** Query executions: queued, run a few at a time, stopped, remembered. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { EventBus } from '../base/events.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Engine } from './engine.ts';
import { type Execution, isOver, SCAN_LIMIT_REASON, ScanLimitExceeded } from './execution.ts';
import { s3Folder } from './query/projection.ts';
import type { Query } from './query/select.ts';
import type { Lake } from './query/tables.ts';
import { explain } from './sql/errors.ts';
import { QueryError } from './sql/refusal.ts';
import { type Statement, statementOf } from './statements.ts';
import type { WorkGroup } from './work-groups.ts';

/**
 * Queries at once. DuckDB's calls wait on libuv's four threads, which the files of the whole runtime need as well;
 * each query uses every core by itself.
 */
const CONCURRENT = 2;
/** Executions that are remembered, newest first. */
const REMEMBERED = 1000;

export interface StartRequest {
  query: Query;
  catalog: string | undefined;
  workGroup: WorkGroup;
  /** `s3://bucket/prefix/` */
  outputFolder: string;
  token: string | undefined;
}

export class Executions {
  readonly #engine: Engine;
  readonly #lake: Omit<Lake, 'now'>;
  readonly #bus: EventBus;
  readonly #now: () => number;
  readonly #all = new Map<string, Execution>();
  readonly #tokens = new Map<string, { id: string; fingerprint: string }>();
  readonly #waiting: Execution[] = [];
  readonly #running = new Set<Promise<void>>();
  #closed = false;

  constructor(options: { engine: Engine; lake: Omit<Lake, 'now'>; bus: EventBus; now: () => number }) {
    this.#engine = options.engine;
    this.#lake = options.lake;
    this.#bus = options.bus;
    this.#now = options.now;
  }

  /** @throws AwsError for what is no SQL, and for a token used for another query */
  async start(request: StartRequest): Promise<Execution> {
    const statement = statementOf(request.query.sql);
    await this.#check(statement, request.query.sql);
    if (this.#closed) throw new AwsError('InternalServerException', 'Shutting down', 500);
    const { query, workGroup, outputFolder, token } = request;
    const fingerprint = JSON.stringify([query, workGroup.name, outputFolder]);
    const earlier = token === undefined ? undefined : this.#tokens.get(token);
    const known = earlier && this.#all.get(earlier.id);
    if (earlier && known) {
      if (earlier.fingerprint === fingerprint) return known;
      throw new AwsError('InvalidRequestException', 'Idempotent parameters do not match');
    }
    const id = randomUUID();
    const execution: Execution = {
      id,
      query,
      statement,
      workGroup,
      catalog: request.catalog,
      outputLocation: `${outputFolder.replace(/\/*$/, '/')}${id}.${statement.extension}`,
      state: 'QUEUED',
      reason: undefined,
      submittedAt: this.#now(),
      startedAt: undefined,
      plannedAt: undefined,
      completedAt: undefined,
      scannedBytes: 0,
      result: undefined,
      connection: undefined,
      stopped: false,
    };
    this.#remember(execution, token, fingerprint);
    this.#waiting.push(execution);
    this.#next();
    return execution;
  }

  /** @throws AwsError */
  get(id: string): Execution {
    const found = this.#all.get(id);
    if (!found) throw new AwsError('InvalidRequestException', `QueryExecution ${id} was not found`);
    return found;
  }

  /** Newest first. */
  list(workGroup: WorkGroup): Execution[] {
    return [...this.#all.values()].filter((one) => one.workGroup.name === workGroup.name).reverse();
  }

  /** A query that is over stays as it is, as in Athena. */
  stop(id: string): void {
    const execution = this.get(id);
    if (isOver(execution)) return;
    execution.stopped = true;
    if (execution.state === 'QUEUED') {
      this.#waiting.splice(this.#waiting.indexOf(execution), 1);
      this.#end(execution, 'CANCELLED', 'Query cancelled by user');
    } else {
      interrupt(execution);
    }
  }

  /** Stops what runs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const execution of this.#all.values()) this.stop(execution.id);
    await Promise.all(this.#running);
  }

  async #check(statement: Statement, sql: string): Promise<void> {
    try {
      await this.#engine.connected(async (connection) => statement.check?.(connection, sql));
    } catch (error) {
      // What Athena would take and this engine does not is no fault of the request: the query itself will fail.
      if (!(error instanceof QueryError)) throw error;
    }
  }

  #remember(execution: Execution, token: string | undefined, fingerprint: string): void {
    this.#all.set(execution.id, execution);
    if (token !== undefined) this.#tokens.set(token, { id: execution.id, fingerprint });
    for (const [id, old] of this.#all) {
      if (this.#all.size <= REMEMBERED) break;
      if (isOver(old)) this.#all.delete(id);
    }
    if (this.#tokens.size > 2 * REMEMBERED) {
      for (const [key, { id }] of this.#tokens) if (!this.#all.has(id)) this.#tokens.delete(key);
    }
  }

  #next(): void {
    while (this.#running.size < CONCURRENT) {
      const execution = this.#waiting.shift();
      if (!execution) return;
      const run = this.#run(execution).finally(() => {
        this.#running.delete(run);
        this.#next();
      });
      this.#running.add(run);
    }
  }

  async #run(execution: Execution): Promise<void> {
    execution.state = 'RUNNING';
    execution.startedAt = this.#now();
    const path = s3Folder(this.#lake.s3Root, execution.outputLocation);
    try {
      await this.#engine.connected(async (connection) => {
        execution.connection = connection;
        if (execution.stopped) return;
        const lake = { ...this.#lake, now: execution.submittedAt };
        execution.result = await execution.statement.run(connection, execution.query, lake, path, {
          onPlanned: (bytes) => {
            execution.plannedAt = this.#now();
            this.#admit(execution, bytes);
          },
        });
      });
      if (execution.stopped) this.#end(execution, 'CANCELLED', 'Query cancelled by user');
      else this.#end(execution, 'SUCCEEDED', undefined);
    } catch (error) {
      await rm(`${path}.partial`, { force: true });
      if (execution.stopped) this.#end(execution, 'CANCELLED', 'Query cancelled by user');
      else if (error instanceof ScanLimitExceeded) this.#end(execution, 'CANCELLED', SCAN_LIMIT_REASON);
      else
        this.#end(execution, 'FAILED', explain(error).message.replaceAll(`${this.#lake.s3Root}/`, 's3://'));
    } finally {
      execution.connection = undefined;
    }
  }

  #admit(execution: Execution, bytes: number): void {
    // A query stopped while it was planned must not start: there was nothing to interrupt yet.
    if (execution.stopped) throw new Error('Stopped');
    const limit = execution.workGroup.scanLimit;
    execution.scannedBytes = limit === undefined ? bytes : Math.min(bytes, limit);
    if (limit !== undefined && bytes > limit) throw new ScanLimitExceeded();
  }

  #end(execution: Execution, state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED', reason: string | undefined): void {
    execution.state = state;
    execution.reason = reason;
    execution.completedAt = this.#now();
    this.#bus.publish({
      type: 'query',
      id: execution.id,
      state,
      durationMs: execution.completedAt - execution.submittedAt,
      scannedBytes: execution.scannedBytes,
    });
  }
}

const INTERRUPT_EVERY_MS = 20;

/** DuckDB forgets an interrupt that comes between two of its calls: so it is repeated until the query is over. */
function interrupt(execution: Execution): void {
  if (isOver(execution)) return;
  execution.connection?.interrupt();
  setTimeout(() => interrupt(execution), INTERRUPT_EVERY_MS);
}
