/** Query executions: queued, run a few at a time, stopped, remembered. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import type { Clock } from '../base/clock.ts';
import type { AwsEvent, EventBus } from '../base/events.ts';
import { measureOf } from '../base/measure.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type Execution, isOver, SCAN_LIMIT_REASON, ScanLimitExceeded } from './execution.ts';
import { checkCatalogOfQuery } from './query/data-catalog.ts';
import { s3Folder } from './query/projection.ts';
import type { Query } from './query/select.ts';
import type { QueryWorkers } from './query-workers.ts';
import { kindOf } from './statement-kinds.ts';
import type { WorkGroup } from './work-groups.ts';

/** Queries at once, each in a process of its own, and each with every core. */
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

export interface ExecutionsOptions {
  workers: QueryWorkers;
  /** Buckets are folders below. */
  s3Root: string;
  bus: EventBus;
  clock: Clock;
}

export class Executions {
  readonly #workers: QueryWorkers;
  readonly #s3Root: string;
  readonly #bus: EventBus;
  readonly #clock: Clock;
  readonly #all = new Map<string, Execution>();
  readonly #tokens = new Map<string, { id: string; fingerprint: string }>();
  readonly #waiting: Execution[] = [];
  readonly #running = new Map<Execution, Promise<void>>();
  #closed = false;

  constructor({ workers, s3Root, bus, clock }: ExecutionsOptions) {
    this.#workers = workers;
    this.#s3Root = s3Root;
    this.#bus = bus;
    this.#clock = clock;
  }

  /** @throws AwsError for what is not SQL, and for a token used for another query */
  async start(request: StartRequest): Promise<Execution> {
    const statement = kindOf(request.query.sql);
    if (statement.runner === 'select') await this.#workers.parse(request.query.sql);
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
      submittedAt: this.#clock.now(),
      completedAt: undefined,
      timing: { submitted: this.#clock.elapsed() },
      scannedBytes: 0,
      result: undefined,
      stop: undefined,
      stopped: false,
    };
    this.#remember(execution, token, fingerprint);
    this.#waiting.push(execution);
    this.#next();
    return execution;
  }

  find(id: string): Execution | undefined {
    return this.#all.get(id);
  }

  /** @throws AwsError */
  get(id: string): Execution {
    const found = this.find(id);
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
      execution.stop?.();
    }
  }

  /** Stops what runs. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const execution of this.#all.values()) this.stop(execution.id);
    await Promise.all(this.#running.values());
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
      const at = this.#waiting.findIndex((one) => !one.statement.changes || !this.#isChanging());
      const [execution] = at < 0 ? [] : this.#waiting.splice(at, 1);
      if (!execution) return;
      const run = this.#run(execution).finally(() => {
        this.#running.delete(execution);
        this.#next();
      });
      this.#running.set(execution, run);
    }
  }

  #isChanging(): boolean {
    return [...this.#running.keys()].some(({ statement }) => statement.changes);
  }

  async #run(execution: Execution): Promise<void> {
    execution.state = 'RUNNING';
    execution.timing.started = this.#clock.elapsed();
    const path = s3Folder(this.#s3Root, execution.outputLocation);
    try {
      checkCatalogOfQuery(execution.catalog);
      const { query, statement, submittedAt: now, workGroup } = execution;
      const job = { runner: statement.runner, query, now, path, scanLimit: workGroup.scanLimit };
      const { result, stop } = this.#workers.run(job, (bytes) => this.#planned(execution, bytes));
      execution.stop = stop;
      const file = await result;
      if (execution.stopped) throw new Error('Stopped, and done all the same');
      execution.result = file;
      this.#end(execution, 'SUCCEEDED', undefined);
    } catch (error) {
      for (const file of [path, `${path}.partial`]) await rm(file, { force: true });
      if (execution.stopped) this.#end(execution, 'CANCELLED', 'Query cancelled by user');
      else if (error instanceof ScanLimitExceeded) this.#end(execution, 'CANCELLED', SCAN_LIMIT_REASON);
      else this.#end(execution, 'FAILED', (error as Error).message);
    } finally {
      execution.stop = undefined;
    }
  }

  #planned(execution: Execution, bytes: number): void {
    execution.timing.planned = this.#clock.elapsed();
    execution.scannedBytes = Math.min(bytes, execution.workGroup.scanLimit ?? bytes);
  }

  #end(execution: Execution, state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED', reason: string | undefined): void {
    execution.state = state;
    execution.reason = reason;
    execution.completedAt = this.#clock.now();
    const { timing } = execution;
    timing.completed = this.#clock.elapsed();
    const measure = measureOf(this.#bus, 'AWS/Athena', { WorkGroup: execution.workGroup.name });
    measure('ProcessedBytes', execution.scannedBytes, 'Bytes');
    measure('TotalExecutionTime', timing.completed - timing.submitted, 'Milliseconds');
    this.#bus.emit('aws-event', stateChange(execution));
    this.#bus.publish({
      type: 'query',
      id: execution.id,
      state,
      durationMs: timing.completed - timing.submitted,
      scannedBytes: execution.scannedBytes,
    });
  }
}

/** https://docs.aws.amazon.com/athena/latest/ug/athena-events.html */
const stateChange = ({ id, state, reason, statement, workGroup }: Execution): AwsEvent => ({
  source: 'aws.athena',
  detailType: 'Athena Query State Change',
  resources: [],
  detail: {
    ...{ versionId: '0', currentState: state, previousState: 'RUNNING', sequenceNumber: '3' },
    ...{ statementType: statement.type, queryExecutionId: id, workgroupName: workGroup.name },
    ...(state === 'FAILED' && { athenaError: { errorMessage: reason ?? '' } }),
  },
});
