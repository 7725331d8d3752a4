/** What the exit code says: 0 done, 1 could not, 2 misused. What was asked for is in the report in any case. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../../infra/cli/user-error.ts';
import type { Report } from '../../../simulator/cli/report.ts';
import { openSource, openTarget } from '../../../simulator/cli/setup.ts';
import {
  type Finished,
  parseOptions,
  simulate,
  start,
  stateFolder,
  temporaryFolder,
} from '../support/cli.ts';
import { localOutputs, startStream, type TestStream } from '../support/kinesis.ts';

const folder = temporaryFolder();
const csv = join(folder, 'empty.csv');
writeFileSync(csv, '');
/** A run of two polls of each device. */
const SHORT = ['--count', '40', '--interval', '50ms'];
const TO_FILE = [...SHORT, '--out', join(folder, 'readings.ndjson'), '--json'];
/** Something for the truth before the end of the run. */
const ANOMALY = ['--inject', 'spike@dev-1:cpu+0s/50ms'];

let stream: TestStream;
beforeAll(async () => {
  stream = await startStream();
});
afterAll(() => stream.close());

const toStream = () => [...SHORT, '--local', '--dir', stateFolder(stream.outputs), '--json'];
const nobody = () => [...SHORT, '--local', '--dir', stateFolder(localOutputs(1)), '--json'];

/** Runs it with stdout or stderr on a full disk. */
const onFullDisk = (which: 'stdout' | 'stderr', args: string[]): Promise<Finished> =>
  start(args, `${which === 'stdout' ? '>' : '2>'} /dev/full`).finished;

async function opened(args: string[]): Promise<void> {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const options = parseOptions(args);
    await openTarget(options, () => {});
    await openSource(options, () => {});
  } finally {
    write.mockRestore();
  }
}

interface Row {
  code: 0 | 1;
  run: () => Promise<Finished>;
  /** On stderr, with blanks for line breaks. */
  said?: RegExp;
  /** Of the report on stdout, if it is there. */
  report?: Partial<Report>;
}

const ROWS: Record<string, Row> = {
  'all is written': { code: 0, run: () => simulate(...TO_FILE), report: { acked: 40, failed: 0 } },
  '--truth on a full disk': {
    code: 1,
    run: () => simulate(...TO_FILE, ...ANOMALY, '--truth', '/dev/full'),
    said: /Cannot write \/dev\/full: ENOSPC.*The run goes on.*acked 40.*Incomplete: Cannot write \/dev\/full/,
    report: { acked: 40, unwritten: [expect.stringContaining('ENOSPC')] },
  },
  '--send-log on a full disk': {
    code: 1,
    run: () => simulate(...toStream(), '--send-log', '/dev/full'),
    said: /The run goes on.*acked 40.*Incomplete: Cannot write \/dev\/full/,
    report: { acked: 40, unwritten: [expect.stringContaining('ENOSPC')] },
  },
  '--out on a full disk': {
    code: 1,
    run: () => simulate(...SHORT, '--out', '/dev/full', '--json'),
    said: /Stopped: Cannot write to \/dev\/full: ENOSPC/,
    report: { acked: 0, error: expect.stringContaining('ENOSPC') },
  },
  '--out that fails only at the end': {
    code: 1,
    run: () => simulate('--count', '4', '--out', '/proc/version', '--json'),
    said: /Stopped: Cannot write to \/proc\/version/,
  },
  '--out - on a full disk': {
    code: 1,
    run: () => onFullDisk('stdout', [...SHORT, '--out', '-']),
    said: /Stopped: Cannot write to stdout: ENOSPC/,
  },
  '--json on a full disk': {
    code: 1,
    run: () => onFullDisk('stdout', TO_FILE),
    said: /acked 40, failed 0.*Cannot write to stdout: ENOSPC/,
  },
  'a screen on a full disk': { code: 1, run: () => onFullDisk('stderr', TO_FILE), report: { acked: 40 } },
  'nobody at the endpoint': {
    code: 1,
    run: () => simulate(...nobody(), '--retry-for', '200ms'),
    said: /Stopped: Gave up after 200ms \(--retry-for\)\. Cannot reach http:\/\/127\.0\.0\.1:1 \(ECONNREFUSED\)/,
    report: { acked: 0, error: expect.stringContaining('ECONNREFUSED') },
  },
};

/** Only Linux has a disk that is always full. */
const rows = Object.entries(ROWS).filter(
  ([, { run }]) => existsSync('/dev/full') || !/\/dev\/|\/proc\/|onFullDisk/.test(String(run)),
);

describe('the exit code', () => {
  it.concurrent.each(rows)('%s', async (_, { code, run, said, report }) => {
    const finished = await run();
    const stderr = finished.stderr.replaceAll('\n', ' ');
    expect(finished.code, stderr).toBe(code);
    if (said) expect(stderr).toMatch(said);
    if (report) expect(JSON.parse(finished.stdout)).toMatchObject(report);
    expect(stderr).not.toMatch(/ {4}at |Unhandled/);
  });

  it.each([
    [2, ['--devices', '0'], /from 1 to 1000000/],
    [2, [...TO_FILE, '--inject', 'spike@dev-1:cpu+5s/2s'], /spike@dev-1\+5s begins after the last reading/],
    [2, [...TO_FILE, '--truth', join(folder, 'no', 'such', 'folder')], /^Cannot write .*ENOENT/],
    [2, [...TO_FILE, '--truth', folder], /^Cannot write .*EISDIR/],
    [2, ['--replay', join(folder, 'missing.csv'), '--out', '-'], /^Cannot read/],
    [2, ['--replay', csv, '--out', '-'], /empty\.csv/],
    [1, ['--local', '--dir', join(folder, 'nothing')], /Is the local runtime running\?/],
    [1, ['--out', '/sys/readings.ndjson'], /Cannot write \/sys\/readings\.ndjson: EACCES/],
  ])('is %i for %j, before anything is made', async (code, args, said) => {
    const refused = await opened(args).catch((error: unknown) => error);
    expect(refused).toMatchObject({ message: expect.stringMatching(said) });
    expect(refused instanceof UserError && !refused.misuse ? 1 : 2).toBe(code);
    expect(refused instanceof UserError || refused instanceof CommanderError).toBe(true);
  });
});
