/** The processes that run queries: started when one is needed, kept, and replaced when they end. */
import type { Job } from './query-messages.ts';
import { QueryFailed, QueryWorker, type RunningQuery, type WorkerOptions } from './query-worker.ts';

/** Beyond these, an idle process is ended. */
const KEPT = 2;

export class QueryWorkers {
  readonly #options: WorkerOptions;
  #workers: QueryWorker[] = [];
  #lastParse: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /**
   * One at a time, in a process that runs nothing else meanwhile.
   * @throws AwsError for what is no SQL
   */
  parse(sql: string): Promise<void> {
    const parsed = this.#lastParse.then(() => this.#parse(sql));
    this.#lastParse = parsed.catch(() => undefined);
    return parsed;
  }

  /** The caller sees to it that no more run at once than there should be processes. */
  run(job: Omit<Job, 'id'>, onPlanned: (bytes: number) => void): RunningQuery {
    const { result, stop } = this.#idle().run(job, onPlanned);
    return { result: result.finally(() => this.#trim()), stop };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#workers.map((worker) => worker.close()));
    this.#workers = [];
  }

  async #parse(sql: string): Promise<void> {
    try {
      await this.#idle().parse(sql);
    } catch (error) {
      // What no process survives fails when it runs.
      if (!(error instanceof QueryFailed)) throw error;
    } finally {
      this.#trim();
    }
  }

  #idle(): QueryWorker {
    return this.#living().find(({ busy }) => !busy) ?? this.#start();
  }

  #living(): QueryWorker[] {
    this.#workers = this.#workers.filter(({ alive }) => alive);
    return this.#workers;
  }

  #start(): QueryWorker {
    if (this.#closed) throw new QueryFailed('Shutting down');
    const worker = new QueryWorker(this.#options);
    this.#workers.push(worker);
    return worker;
  }

  #trim(): void {
    const living = this.#living();
    if (living.length > KEPT) living.find(({ busy }) => !busy)?.kill('It is not needed');
  }
}
