/** The execution environments of a function: as many as its concurrency allows, kept warm, the newest used first. */
import type { EnvironmentEnd, ExecutionEnvironment } from './execution-environment.ts';

export class EnvironmentPool {
  readonly #concurrency: number;
  readonly #start: () => ExecutionEnvironment;
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #queue: (() => void)[] = [];
  #busy = 0;
  #stopped = false;

  constructor(concurrency: number, start: () => ExecutionEnvironment) {
    this.#concurrency = concurrency;
    this.#start = start;
  }

  /** Calls `work` with an environment, after the calls that wait already. Resolves to undefined after a stop. */
  async use<T>(work: (environment: ExecutionEnvironment) => Promise<T>): Promise<T | undefined> {
    if (this.#busy >= this.#concurrency) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#busy += 1;
    const environment = this.#stopped ? undefined : this.#take();
    try {
      return environment && (await work(environment));
    } finally {
      if (environment?.alive) this.#idle.push(environment);
      else if (environment) this.#all.delete(environment);
      const next = this.#queue.shift();
      // The place passes to the call that has waited longest.
      if (next) next();
      else this.#busy -= 1;
    }
  }

  async kill(how?: EnvironmentEnd): Promise<void> {
    await Promise.all([...this.#all].map((environment) => environment.kill(how)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.kill();
  }

  /** The most recently used environment that is still alive; a new one where there is none. */
  #take(): ExecutionEnvironment {
    for (let environment = this.#idle.pop(); environment; environment = this.#idle.pop()) {
      if (environment.alive) return environment;
      this.#all.delete(environment);
    }
    const started = this.#start();
    this.#all.add(started);
    return started;
  }
}
