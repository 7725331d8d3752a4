/** Parts that are open, to be closed in reverse order. */
export class OpenParts {
  readonly #steps: (() => unknown)[] = [];

  get count(): number {
    return this.#steps.length;
  }

  add(close: () => unknown): void {
    this.#steps.push(close);
  }

  /**
   * Closes all but the first `count`, one after the other, even when some fail.
   * @throws the first failure
   */
  async closeDownTo(count: number): Promise<void> {
    const failures: unknown[] = [];
    while (this.#steps.length > count) {
      try {
        await this.#steps.pop()?.();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
