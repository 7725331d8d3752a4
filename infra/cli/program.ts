/** What all commands share: where they write, and how a module becomes the program when it is started by itself. */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, CommanderError } from 'commander';

export interface Io {
  /** The result, for machines. */
  stdout(text: string): void;
  /** Words for people. */
  stderr(text: string): void;
}

/** What a shell reports of a program that SIGINT ended. */
const EXIT_INTERRUPTED = 130;

/**
 * Runs the command when `moduleUrl` is the module that Node was started with, and not when a test imports it. What
 * `run` resolves with is the exit code.
 */
export async function runAsProgram(
  moduleUrl: string,
  run: (argv: string[], io: Io) => Promise<number>,
): Promise<void> {
  const started = process.argv[1];
  if (started === undefined || realpathSync(started) !== fileURLToPath(moduleUrl)) return;
  // The SDK warns at every start that it will want Node 22 in 2027.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // Who takes only the first lines (`| head`) has what they wanted.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.exitCode = await run(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}

/** A class of errors whose message is all that the person at the keyboard needs to see. */
type Explained = abstract new (...parameters: never[]) => Error;

/**
 * Parses and runs a command line; what the command itself says goes to `io`.
 * @returns the exit code: 0, 1 for an error of the `explained` classes, with its message on stderr, and 2 for misuse
 */
export async function runCommandLine(
  command: Command,
  argv: string[],
  io: Io,
  explained: readonly Explained[],
): Promise<number> {
  command.configureOutput({ writeOut: io.stdout, writeErr: io.stderr }).exitOverride();
  try {
    await command.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof Error) || !explained.some((known) => error instanceof known)) throw error;
    io.stderr(`${error.message}\n`);
    return 1;
  }
}

/** Aborted by the first Ctrl-C, so that the command can end in good order; the second ends it at once. */
export function stopOnInterrupt(): AbortSignal {
  const stop = new AbortController();
  process.on('SIGINT', () => {
    if (stop.signal.aborted) process.exit(EXIT_INTERRUPTED);
    stop.abort();
  });
  return stop.signal;
}
