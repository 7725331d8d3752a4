/** The processes that run queries: started when one is needed, kept, and replaced when they end. */
import type { Job } from './query-messages.ts';
import { ProcessEnded, QueryWorker, type RunningQuery, type WorkerOptions } from './query-worker.ts';

export class QueryWorkers {
  readonly #options: WorkerOptions;
  #workers: QueryWorker[] = [];

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  /** @throws AwsError for what is no SQL */
  async parse(sql: string): Promise<void> {
    try {
      await this.#any().parse(sql);
    } catch (error) {
      if (!(error instanceof ProcessEnded)) throw error;
      // The query that it ran was too much for it: this one is not to blame.
      await this.#any().parse(sql);
    }
  }

  /** The caller sees to it that no more run at once than there should be processes. */
  run(job: Omit<Job, 'id'>, onPlanned: (bytes: number) => void): RunningQuery {
    const idle = this.#living().find(({ busy }) => !busy) ?? this.#start();
    return idle.run(job, onPlanned);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close()));
    this.#workers = [];
  }

  #any(): QueryWorker {
    const living = this.#living();
    return living.find(({ busy }) => !busy) ?? living[0] ?? this.#start();
  }

  #living(): QueryWorker[] {
    this.#workers = this.#workers.filter(({ alive }) => alive);
    return this.#workers;
  }

  #start(): QueryWorker {
    const worker = new QueryWorker(this.#options);
    this.#workers.push(worker);
    return worker;
  }
}
