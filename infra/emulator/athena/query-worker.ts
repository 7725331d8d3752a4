/** The runtime's side of one process that runs queries: asks it, watches it, and ends it where it does not obey. */
import { type ChildProcess, execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Clock, Timer } from '../base/clock.ts';
import { giveWay } from '../base/give-way.ts';
import type { CatalogTable } from '../glue/catalog.ts';
import { AwsError } from '../wire/aws-error.ts';
import { ScanLimitExceeded } from './execution.ts';
import type { ResultFile } from './query/results.ts';
import type { QueryLimits } from './query-limits.ts';
import type { FromProcess, Job, ToProcess, WireError } from './query-messages.ts';
import { type QueryProgram, startQueryProgram } from './query-program.ts';

/** The query failed, with this as its StateChangeReason. */
export class QueryFailed extends Error {}

const WATCH_EVERY_MS = 100;
const INTERRUPT_EVERY_MS = 20;
const LONG_MS = 2000;
/** A fresh process may have to start first. */
const PARSE_MS = 20_000;

interface Asked {
  resolve(result: ResultFile | undefined): void;
  reject(error: Error): void;
  onPlanned(bytes: number): void;
}

export interface RunningQuery {
  /** @throws QueryFailed with its StateChangeReason, ScanLimitExceeded */
  result: Promise<ResultFile>;
  stop(): void;
}

export interface WorkerOptions {
  tables: CatalogTable[];
  s3Root: string;
  limits: QueryLimits;
  clock: Clock;
  queryProgram?: QueryProgram | undefined;
}

export class QueryWorker {
  readonly #child: ChildProcess;
  readonly #limits: QueryLimits;
  readonly #clock: Clock;
  readonly #asked = new Map<number, Asked>();
  readonly #ended: Promise<void>;
  /** Why this side ended it. */
  #reason: string | undefined;
  #timers: Timer[] = [];
  #lastId = 0;
  /** It has a query, which it shares with no other: nobody else is to suffer from what that does. */
  busy = false;
  alive = true;

  constructor({ tables, s3Root, limits, clock, queryProgram }: WorkerOptions) {
    this.#limits = limits;
    this.#clock = clock;
    this.#child = startQueryProgram(queryProgram, (error) =>
      this.kill(`NOT_SUPPORTED_LOCALLY: no process for queries: ${error.message}`),
    );
    this.#child.on('message', (message) => this.#receive(message as FromProcess));
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end(`could not be started: ${error.message}`, resolve));
      this.#child.once('exit', (code, signal) =>
        this.#end(`ended with ${signal ?? `code ${code}`}`, resolve),
      );
    });
    this.#unrefWhenIdle();
    this.#send({ kind: 'open', tables, s3Root, limits });
  }

  /** @throws AwsError for what is no SQL; QueryFailed where the process did not survive it */
  async parse(sql: string): Promise<void> {
    const id = ++this.#lastId;
    this.#after(PARSE_MS, () => this.kill('It was not parsed in time'));
    await this.#work(id, { kind: 'parse', id, sql });
  }

  /** `stop` always works, after {@link QueryLimits.stopMs} at the latest. */
  run(job: Omit<Job, 'id'>, onPlanned: (bytes: number) => void): RunningQuery {
    const id = ++this.#lastId;
    let timedOut = false;
    const stop = () => {
      this.#interrupt(id);
      this.#after(this.#limits.stopMs, () => this.kill('It did not stop'));
    };
    this.#after(this.#limits.runMs, () => {
      timedOut = true;
      stop();
    });
    this.#after(LONG_MS, () => giveWay(this.#child.pid));
    const result = this.#work(id, { kind: 'run', job: { ...job, id } }, onPlanned)
      .then((file) => file ?? Promise.reject(new QueryFailed('No result')))
      .catch((error) => Promise.reject(timedOut ? new QueryFailed('Query timeout') : error));
    return { result, stop };
  }

  /** Ends the process; what was asked of it fails with this reason. */
  kill(reason: string): void {
    this.alive = false;
    this.#reason ??= reason;
    this.#child.kill('SIGKILL');
  }

  async close(): Promise<void> {
    this.#child.ref();
    this.kill('Shutting down');
    await this.#ended;
  }

  #work(
    id: number,
    message: ToProcess,
    onPlanned?: (bytes: number) => void,
  ): Promise<ResultFile | undefined> {
    this.busy = true;
    const answer = this.#ask(id, message, onPlanned);
    this.#watchMemory(id);
    return answer.finally(() => this.#rest());
  }

  /** A process that has grown is not kept: it would count against the next query. */
  async #rest(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    const bytes = await residentBytesOf(this.#child.pid);
    if (this.alive && bytes > this.#limits.residentBytes / 2) this.kill('It has grown');
    this.busy = false;
  }

  /** The engine forgets an interrupt that comes between two of its calls, so it is repeated until the query is over. */
  #interrupt(id: number): void {
    this.#send({ kind: 'stop', id });
    this.#after(INTERRUPT_EVERY_MS, () => this.#interrupt(id));
  }

  #ask(
    id: number,
    message: ToProcess,
    onPlanned: (bytes: number) => void = () => undefined,
  ): Promise<ResultFile | undefined> {
    const answer = new Promise<ResultFile | undefined>((resolve, reject) => {
      if (!this.alive) reject(this.#endedError());
      else this.#asked.set(id, { resolve, reject, onPlanned });
    });
    this.#unrefWhenIdle();
    this.#send(message);
    return answer;
  }

  #receive(message: FromProcess): void {
    const asked = this.#asked.get(message.id);
    if (message.kind === 'planned') {
      asked?.onPlanned(message.bytes);
      return;
    }
    this.#asked.delete(message.id);
    this.#unrefWhenIdle();
    if (message.kind === 'done') asked?.resolve(message.result);
    else asked?.reject(errorOf(message.error));
  }

  #send(message: ToProcess): void {
    // A process that has ended is noticed by its exit.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #end(how: string, resolve: () => void): void {
    this.alive = false;
    this.#reason ??= `NOT_SUPPORTED_LOCALLY: the process that ran the query ${how}; the next query gets a new one`;
    for (const { reject } of this.#asked.values()) reject(this.#endedError());
    this.#asked.clear();
    resolve();
  }

  #endedError(): QueryFailed {
    return new QueryFailed(this.#reason);
  }

  #after(ms: number, then: () => void): void {
    this.#timers.push(this.#clock.after(ms, then));
  }

  #watchMemory(id: number): void {
    const { residentBytes } = this.#limits;
    const look = async () => {
      const bytes = await residentBytesOf(this.#child.pid);
      if (!this.#asked.has(id) || !this.alive) return;
      if (bytes > residentBytes) {
        const gigabytes = (residentBytes / 2 ** 30).toFixed(1);
        this.kill(`${OUT_OF_MEMORY}: a query may take ${gigabytes} GB here`);
      } else {
        this.#after(WATCH_EVERY_MS, () => void look());
      }
    };
    void look();
  }

  /** An idle process keeps nobody from ending. */
  #unrefWhenIdle(): void {
    const idle = this.#asked.size === 0;
    this.#child[idle ? 'unref' : 'ref']();
    this.#child.channel?.[idle ? 'unref' : 'ref']();
  }
}

const OUT_OF_MEMORY = 'EXCEEDED_LOCAL_MEMORY_LIMIT: Query exhausted resources at this scale factor';

function errorOf({ message, aws, overLimit }: WireError): Error {
  if (overLimit) return new ScanLimitExceeded();
  return aws ? new AwsError(aws.code, message, aws.status) : new QueryFailed(message);
}

/** Memory that a process holds; 0 where it is gone. */
async function residentBytesOf(pid: number | undefined): Promise<number> {
  try {
    if (process.platform === 'linux') {
      const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
      return Number(kilobytes ?? 0) * 1024;
    }
    const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)]);
    return Number(stdout.trim()) * 1024;
  } catch {
    return 0;
  }
}
