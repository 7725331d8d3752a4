/** The execution environments of a function: as many as its concurrency allows, kept warm, the newest used first. */
import type { Clock, Timer } from '../base/clock.ts';
import type { EnvironmentEnd } from './answer.ts';
import type { ExecutionEnvironment } from './execution-environment.ts';

/** AWS ends idle environments after some minutes, and publishes no number. */
export const IDLE_MS = 10 * 60_000;

interface Idle {
  environment: ExecutionEnvironment;
  end: Timer;
}

export class EnvironmentPool {
  readonly #concurrency: number;
  readonly #start: () => ExecutionEnvironment;
  readonly #clock: Clock;
  readonly #idle: Idle[] = [];
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #queue: (() => void)[] = [];
  #busy = 0;
  #stopped = false;

  constructor(concurrency: number, clock: Clock, start: () => ExecutionEnvironment) {
    this.#concurrency = concurrency;
    this.#clock = clock;
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
      if (environment?.alive) this.#rest(environment);
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
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      idle.end.cancel();
      if (idle.environment.alive) return idle.environment;
    }
    const started = this.#start();
    this.#all.add(started);
    void started.ended.then(() => this.#all.delete(started));
    return started;
  }

  #rest(environment: ExecutionEnvironment): void {
    const end = this.#clock.after(IDLE_MS, () => {
      this.#idle.splice(this.#idle.indexOf(idle), 1);
      void environment.kill();
    });
    const idle = { environment, end };
    end.unref();
    this.#idle.push(idle);
  }
}
