/** The answer to a call of the emulator's own: never sent, so it need not become text. */
import { UnsentResponse } from '../../faults/unsent-response.ts';
import type { Answer } from './operation.ts';

export class OwnResponse extends UnsentResponse {
  #answer: Answer;

  /** Undefined where the connection was cut. */
  get answer(): Answer {
    return this.#answer;
  }

  give(answer: Answer): void {
    this.#answer = answer;
    this.end();
  }
}
