/** `npm run check-reading -- FILE`: lines as a device sends them, and what becomes of each. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { readText } from '../../cli/files.ts';
import { type Io, runAsProgram, runCommandLine } from '../../cli/program.ts';
import { loadRules, RULES_IN_FORCE } from '../../cli/rules.ts';
import { UserError } from '../../cli/user-error.ts';
import { type CheckedLine, checkLines } from './check.ts';
import { render } from './report.ts';

export interface CheckIo extends Io {
  now(): number;
  /** All that comes on stdin. */
  stdin(): string;
}

interface Flags {
  json?: true;
}

const NOTES = `
A line is one reading as JSON. What is checked is what the detector checks, with
the rules in force, and what Firehose needs. Whether a line is late depends on
what came before, and is not checked.

Examples:
  npm run check-reading -- readings.ndjson
  echo '{"device_id":"a","cpu":"hot"}' | npm run check-reading -- -

Exit code: 0 every line is evaluated, 1 some are not, 2 misused.
`;

/** @returns 1 where some lines are not evaluated */
export function runCheckReading(argv: string[], io: CheckIo): Promise<number> {
  const command = new Command('npm run check-reading --')
    .usage('FILE|- [--json]')
    .description(
      'What becomes of lines that a device sends: evaluated or refused, a row or an error, and why.',
    )
    .argument('<file>', 'lines of JSON; - for stdin')
    .option('--json', 'verdicts as JSON on stdout')
    .addHelpText('after', NOTES);
  return runCommandLine(command, argv, io, async (file: string, flags: Flags) => {
    const text = file === '-' ? io.stdin() : readText(file);
    const checked = checkLines(text, loadRules(RULES_IN_FORCE), io.now());
    if (checked.length === 0) throw UserError.misuse(`${file}: Expected lines of JSON, got nothing`);
    io.stdout(flags.json ? `${JSON.stringify(checked, undefined, 2)}\n` : render(checked));
    return checked.every(isEvaluated) ? 0 : 1;
  });
}

const isEvaluated = ({ detector }: CheckedLine) => detector.verdict === 'evaluated';

await runAsProgram(import.meta.url, (argv, io) =>
  runCheckReading(argv, { ...io, now: Date.now, stdin: () => readFileSync(0, 'utf8') }),
);
