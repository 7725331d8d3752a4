/**
 * `npm run recording`: docs/recording.svg, the terminal of a real `npm start` from its first line to the summary after
 * Ctrl-C. It needs `script` of util-linux, which gives the program a terminal, and the default port.
 */
import { spawn } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { LOCAL_STATE_DIR } from '../../../infra/cli/outputs.ts';
import { type Io, runAsProgram, runCommandLine } from '../../../infra/cli/program.ts';
import { programAt } from '../../../infra/cli/run/program-at.ts';
import { UserError } from '../../../infra/cli/user-error.ts';
import { type Chunk, linesOf, withoutWaits } from './terminal.ts';
import { terminalSvg } from './terminal-svg.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const TARGET = join(ROOT, 'docs/recording.svg');
const STATE = join(ROOT, LOCAL_STATE_DIR);
const TITLE =
  'npm start in a terminal: ready in seconds, the first alert, its end, and after Ctrl-C a summary that adds up';
/** Longer waits are cut to this. */
const LONGEST_MS = 1_500;
const CTRL_C = '\u0003';
/** Of a mail that an incident is over: then everything has been seen. */
const OVER = 'RESOLVED';
const AFTER_MS = 3_000;
const GIVE_UP_MS = 120_000;

export const runRecording = (argv: string[], io: Io): Promise<number> =>
  runCommandLine(
    new Command('npm run recording --').description(
      'Records the terminal of npm start, from a real run, for the README.',
    ),
    argv,
    io,
    record,
  );

async function record(): Promise<number> {
  if (existsSync(STATE))
    throw new UserError(`Expected no ${LOCAL_STATE_DIR}/ here: the recording begins afresh. Move it away.`);
  try {
    const chunks = await play();
    const typed: Chunk = { at: 0, text: '\u001b[1m$ npm start\u001b[22m\n' };
    const lines = withoutWaits(linesOf([typed, ...chunks]), LONGEST_MS);
    writeFileSync(TARGET, terminalSvg(lines, TITLE));
    process.stderr.write(`${TARGET}: ${lines.length} lines\n`);
    return 0;
  } finally {
    rmSync(STATE, { recursive: true, force: true });
  }
}

function play(): Promise<Chunk[]> {
  const program = [process.execPath, ...programAt(ROOT, 'infra/local/session/main.ts')].join(' ');
  const command = `stty rows 24 cols 80; exec ${program}`;
  const child = spawn('script', ['-qfec', command, '/dev/null'], { cwd: ROOT });
  const started = performance.now();
  const chunks: Chunk[] = [];
  let text = '';
  let isEnding = false;
  const end = () => {
    if (!isEnding) child.stdin.write(CTRL_C);
    isEnding = true;
  };
  const deadline = setTimeout(end, GIVE_UP_MS);
  child.stdout.on('data', (data: Buffer) => {
    chunks.push({ at: performance.now() - started, text: data.toString() });
    text += data.toString();
    if (text.includes(OVER) && !isEnding) setTimeout(end, AFTER_MS);
  });
  return new Promise((done, fail) => {
    child.once('error', () => fail(new UserError('Expected the program "script" (Debian: bsdutils).')));
    child.once('close', () => {
      clearTimeout(deadline);
      if (text.includes(OVER) && text.includes('Summary')) done(chunks);
      else fail(new UserError(`npm start did not get as far as a mail that says ${OVER}:\n${text}`));
    });
  });
}

await runAsProgram(import.meta.url, runRecording);
