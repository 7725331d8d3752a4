/** An error that a person can fix: an unsupported property, a port or folder in use, a damaged file. */
export class SetupError extends Error {
  /** What to choose differently, as a program may have a flag for it. */
  readonly choose: 'port' | 'folder' | undefined;

  /** @param message is all that a person needs to see */
  constructor(message: string, options: { cause?: unknown; choose?: SetupError['choose'] } = {}) {
    super(message, { cause: options.cause });
    this.choose = options.choose;
  }
}
