/** What has been done so far, to be taken back in reverse order when a later step fails. */
export class Undo {
  readonly #steps: (() => Promise<unknown>)[] = [];

  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }

  /** Runs `act`. When it fails, all that was added is undone, and what could not be undone is part of the error. */
  static async around<T>(act: (undo: Undo) => Promise<T>, say: (text: string) => void): Promise<T> {
    const undo = new Undo();
    try {
      return await act(undo);
    } catch (error) {
      for (const step of undo.#steps.reverse()) {
        await step().catch((cause: Error) => say(`Not undone: ${cause.message}\n`));
      }
      throw error;
    }
  }
}
