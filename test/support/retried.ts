/** A reporter that says which tests passed only when tried again: a race that is hidden is not repaired. */
import type { Reporter, TestCase } from 'vitest/node';

export default class RetriedReporter implements Reporter {
  readonly #retried: string[] = [];

  onTestCaseResult(test: TestCase) {
    const retries = test.diagnostic()?.retryCount ?? 0;
    if (retries > 0 && test.ok())
      this.#retried.push(`${test.module.relativeModuleId}: ${test.fullName} (${retries + 1} attempts)`);
  }

  onTestRunEnd() {
    if (this.#retried.length > 0)
      process.stderr.write(`Passed only when tried again:\n  ${this.#retried.join('\n  ')}\n`);
  }
}
