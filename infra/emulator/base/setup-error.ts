/** What the person who starts the emulator can fix: an unsupported property, a port or folder in use, a damaged file. */
export class SetupError extends Error {
  /** What has to be chosen differently, where a program may know a flag for it. */
  readonly choose: 'port' | 'folder' | undefined;

  /** @param message all that a person needs to see, without a stack trace */
  constructor(message: string, options: { cause?: unknown; choose?: SetupError['choose'] } = {}) {
    super(message, { cause: options.cause });
    this.choose = options.choose;
  }
}
