/** The process of an execution environment, and the answers it gives. */
import type { Clock } from '../base/clock.ts';
import {
  type Answer,
  type EnvironmentEnd,
  exited,
  type FailedAnswer,
  KILLED,
  outOfMemory,
} from './answer.ts';
import { type Message, messageReader, type RequestHead, sendRequest } from './frames.ts';
import { LineSplitter } from './line-splitter.ts';
import { watchMemory } from './memory-watch.ts';
import { type ChildOptions, HAS_GROUPS, type NodeChild, startNode } from './node-child.ts';

export interface ProcessOptions extends ChildOptions {
  clock: Clock;
  /** Called with each line that the function writes. */
  onLine(line: string): void;
}

const HEAP_IS_FULL = 'JavaScript heap out of memory';

export class RuntimeProcess {
  readonly #child: NodeChild;
  readonly #clock: Clock;
  readonly #limitBytes: number;
  /** Of what is written past the redirected streams, and of what comes with the answers. */
  readonly #lines: readonly [LineSplitter, LineSplitter, LineSplitter];
  #heapIsFull = false;
  #frozen = false;
  /** Why the process ends, when that is known beforehand. */
  #reason: FailedAnswer | undefined;
  /** Set when the process has ended. */
  #end: FailedAnswer | undefined;
  #settle: ((answer: Answer) => void) | undefined;

  /** False when the process has ended, or is about to. */
  alive = true;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;

  constructor(options: ProcessOptions) {
    const line = () => new LineSplitter(options.onLine);
    this.#lines = [line(), line(), line()];
    this.#clock = options.clock;
    this.#limitBytes = options.memoryMb * 2 ** 20;
    this.#child = startNode(options, (stream, text) => {
      this.#heapIsFull ||= text.includes(HEAP_IS_FULL);
      this.#lines[stream].add(text);
    });
    this.#child.answers.on(
      'data',
      messageReader((message) => this.#receive(message)),
    );
    this.#child.process.once('error', ({ message }) => {
      this.#reason ??= { ...KILLED.crashed, errorMessage: `The runtime could not be started: ${message}` };
    });
    this.ended = new Promise((resolve) => {
      this.#child.process.once('close', (code, signal) => {
        this.#close(exited(code, signal, this.#heapIsFull));
        resolve();
      });
    });
  }

  post(head: RequestHead, payload: string | Buffer): void {
    if (this.#frozen) this.#child.signal('SIGCONT');
    this.#frozen = false;
    sendRequest(this.#child.requests, head, payload);
  }

  /** The process' next answer, or the failure with which it ends; after `timeoutMs` it is ended with `timedOut`. */
  answer(timeoutMs: number, timedOut: FailedAnswer): Promise<Answer> {
    if (this.#end) return Promise.resolve(this.#end);
    return new Promise((resolve) => {
      const timer = this.#clock.after(timeoutMs, () => this.#endWith(timedOut));
      const { pid } = this.#child.process;
      const stopWatching = watchMemory(pid, this.#limitBytes, () => this.#endByMemory());
      this.#settle = (value) => {
        timer.cancel();
        stopWatching();
        this.#settle = undefined;
        resolve(value);
      };
    });
  }

  /** Lets nothing in it progress until the next `post`. */
  freeze(): void {
    if (!this.alive || !HAS_GROUPS) return;
    this.#frozen = true;
    this.#child.signal('SIGSTOP');
  }

  async kill(how: EnvironmentEnd = 'crashed'): Promise<void> {
    this.#endWith(KILLED[how]);
    await this.ended;
  }

  #receive(message: Message): void {
    if (message.type === 'log') this.#lines[2].add(message.text);
    else if (message.type === 'ready') this.#settle?.({ payload: '' });
    else if (message.memoryBytes > this.#limitBytes) this.#endByMemory();
    else if (message.type === 'result') this.#settle?.(message);
    else if (message.type === 'crash') {
      // It ends by itself, and nothing is asked of it any more.
      this.alive = false;
      this.#reason ??= { ...message, status: 'crashed' };
    } else this.#settle?.({ ...message, status: 'error' });
  }

  #endByMemory(): void {
    this.#endWith(outOfMemory(this.#limitBytes));
  }

  #endWith(failure: FailedAnswer): void {
    this.alive = false;
    this.#reason ??= failure;
    this.#child.signal('SIGKILL');
  }

  #close(unforeseen: FailedAnswer): void {
    this.alive = false;
    for (const line of this.#lines) line.end();
    this.#end = this.#reason ?? unforeseen;
    this.#settle?.(this.#end);
  }
}
