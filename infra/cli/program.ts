/** The frame of every program here: help, exit codes, and output to a reader that stops reading. */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, CommanderError, Help, type Option } from 'commander';
import { awsProblemKind } from './aws-problem.ts';
import { endWithNpm } from './end-with-npm.ts';
import { aboutSameStack } from './same-stack.ts';
import { wrap } from './text.ts';
import { UserError } from './user-error.ts';

export interface Io {
  /** For the result, which other programs may read. */
  stdout(text: string): void;
  /** For messages to people. */
  stderr(text: string): void;
}

/** Programs may have further codes of their own; 130 is for Ctrl-C (interrupt.ts). */
const EXIT = { done: 0, couldNot: 1, misused: 2 } as const;

/**
 * Runs the program when `moduleUrl` is the module that Node was started with, and not when a test imports it.
 * @param run resolves with the exit code
 */
export async function runAsProgram(
  moduleUrl: string,
  run: (argv: string[], io: Io) => Promise<number>,
): Promise<void> {
  const started = process.argv[1];
  if (started === undefined || realpathSync(started) !== fileURLToPath(moduleUrl)) return;
  // The SDK warns at every start that it will want Node 22 in 2027.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  endWithNpm();
  process.on('unhandledRejection', passOn);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWithReader);
  process.exitCode = await run(process.argv.slice(2), {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
}

/**
 * Where a profile asks for a second factor, the SDK says so to the caller, and drops what comes of the profile behind
 * it: a failure of that one would end the program with a stack trace.
 */
function passOn(error: unknown): void {
  if (awsProblemKind(error) !== 'no-credentials') throw error;
}

/** A reader that takes only the first lines (`| head`) is not an error; a result that cannot be written is. */
function endWithReader(this: NodeJS.WriteStream, { code, message }: NodeJS.ErrnoException): void {
  const handledElsewhere = this.listenerCount('error') > 1;
  if (handledElsewhere) return;
  if (code === 'EPIPE') process.exit(EXIT.done);
  // Of a full disk or a terminal that is gone, nobody can be told. What the program does goes on.
  if (this === process.stderr) return;
  process.stderr.write(`Cannot write to stdout: ${message}\n`);
  process.exit(EXIT.couldNot);
}

/**
 * Parses a command line and runs it; help and errors go to `io`.
 * @param act gets what commander gives to an action: arguments, options, the command. It may return an exit code
 * @returns the exit code: 0 done, 1 for a UserError, 2 for misuse
 */
export async function runCommandLine<Given extends unknown[]>(
  command: Command,
  argv: readonly string[],
  io: Io,
  act: (...given: Given) => Promise<number> | Promise<void>,
): Promise<number> {
  let exitCode: number = EXIT.done;
  command
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .configureHelp({ optionDescription: describeOption, commandUsage: describeUsage })
    .exitOverride()
    .action(async (...given) => {
      refuseTakenByNpm(command, process.env);
      const own = await act(...(given as Given));
      if (typeof own === 'number') exitCode = own;
    });
  try {
    await command.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    // Commander has printed the error already.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused;
    if (!(error instanceof UserError)) throw error;
    const message = aboutSameStack(error.message, command);
    io.stderr(error.misuse ? `error: ${message}\n` : `${message}\n`);
    return error.misuse ? EXIT.misused : EXIT.couldNot;
  }
}

/** Leaves empty defaults (no flag, an empty list) out of the help. */
const describeOption = (option: Option): string =>
  new Help().optionDescription(option).replace(/ \(default: (?:false|none|\{\}|\[\])\)$/, '');

const USAGE = 'Usage: ';
/** In lines that begin below the first one. */
const describeUsage = (command: Command): string =>
  wrap(new Help().commandUsage(command), USAGE).join('\n').slice(USAGE.length);

/**
 * In `npm run query NAME --local`, without `--` before the options, npm takes them for its own and sets a variable.
 * @throws UserError, a misuse
 */
function refuseTakenByNpm(command: Command, env: NodeJS.ProcessEnv): void {
  // The variables of an npm that started something else (npx, a test runner) say nothing about this command.
  if (
    command.name() !== `npm run ${env.npm_lifecycle_event} --` &&
    command.name() !== `npm ${env.npm_lifecycle_event} --`
  )
    return;
  for (const option of command.options) {
    const name = option.long?.replace(/^--(?:no-)?/, '') ?? '';
    const value = env[`npm_config_${name.replaceAll('-', '_')}`];
    // npm sets it empty for --no-NAME, and for NAME=false in a .npmrc, such as that of a machine for CI.
    const taken = value !== undefined && (value === '' || value === 'false') === option.negate;
    if (!taken || command.getOptionValueSource(option.attributeName()) === 'cli') continue;
    throw UserError.misuse(
      `npm took ${option.long} for an option of its own. Write -- before the options: ${command.name()} … ${option.long}`,
    );
  }
}
