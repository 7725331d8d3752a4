/** The execution environments of a function: as many at once as its concurrency allows, kept warm, used newest first. */
import type { EnvironmentEnd, ExecutionEnvironment } from './execution-environment.ts';

export class EnvironmentPool {
  readonly #concurrency: number;
  readonly #start: () => ExecutionEnvironment;
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #queue: (() => void)[] = [];
  #busy = 0;

  constructor(concurrency: number, start: () => ExecutionEnvironment) {
    this.#concurrency = concurrency;
    this.#start = start;
  }

  /** Runs `work` when its turn has come; `take` gives it the environment, started if there is none to spare. */
  async use<T>(work: (take: () => ExecutionEnvironment) => Promise<T>): Promise<T> {
    if (this.#busy >= this.#concurrency) await new Promise<void>((resolve) => this.#queue.push(resolve));
    else this.#busy += 1;
    let taken: ExecutionEnvironment | undefined;
    try {
      return await work(() => {
        taken = this.#take();
        return taken;
      });
    } finally {
      if (taken?.alive) this.#idle.push(taken);
      else if (taken) this.#all.delete(taken);
      const next = this.#queue.shift();
      // The place passes to the one that has waited longest.
      if (next) next();
      else this.#busy -= 1;
    }
  }

  async kill(how?: EnvironmentEnd): Promise<void> {
    await Promise.all([...this.#all].map((environment) => environment.kill(how)));
  }

  /** The most recently used one that still lives, so that the others can be let go. */
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
