import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { flagOf } from '../../../../infra/cli/arguments.ts';
import { readSeries } from '../../../../infra/cli/series/series.ts';
import { runBacktest } from '../../../../infra/commands/backtest/backtest.ts';
import { openSource } from '../../../../simulator/cli/setup.ts';
import { parseOptions } from '../../../simulator/support/cli.ts';
import { drain, readingsOf } from '../../../simulator/support/collect.ts';
import { listen } from '../../commands/support/listen.ts';
import { EXPORTS, type Export } from './support/exports.ts';
import { textFile } from './support/text-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'exports-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The option as it is typed. */
const typed = (option: Export['option'] = {}): string[] =>
  Object.entries(option).flatMap(([name, value]) => [
    flagOf(name),
    typeof value === 'string'
      ? value
      : (Object.entries(value as object).map((pair) => pair.join('='))[0] ?? ''),
  ]);

describe.each(Object.entries(EXPORTS))('a series as it was exported: %s', (_, exported) => {
  const { text, option, points, skipped = [], notices = [] } = exported;

  it('is read', async () => {
    // The byte order mark is taken away where the file is read.
    const letters = text.replace('\uFEFF', '');
    for (const size of [100_000, 1]) {
      const file = textFile(letters, 'exported.csv', [size]);
      const series = await readSeries(file, { metric: 'temperature', ...option });
      expect(series.timesMs.map((ms, i) => [new Date(ms).toISOString(), series.values[i]])).toEqual(points);
      expect(series.skipped.named.map(({ line }) => line)).toEqual(skipped);
      expect(series.notices).toEqual(notices.map((notice) => expect.stringMatching(notice)));
    }
  });

  it('means the same to a replay and to a backtest', async () => {
    const file = join(folder, 'exported.csv');
    writeFileSync(file, text);
    const said: string[] = [];
    const options = parseOptions(['--replay', file, '--out', '-', ...typed(option)]);
    const { source } = await openSource(options, (line) => said.push(line));
    expect(readingsOf(drain(source)).map(({ temperature }) => temperature)).toEqual(
      points.map(([, value]) => value),
    );

    const { said: screen, io } = listen();
    const args = ['--file', file, '--json', ...typed(option)];
    expect(await runBacktest(args, { ...io, now: Date.now }, new AbortController().signal)).toBe(0);
    const [from, to] = [points[0]?.[0], points.at(-1)?.[0]];
    expect(JSON.parse(screen.stdout).history).toMatchObject({ readings: points.length, from, to });
    const problems = skipped.length > 0 ? 1 : 0;
    expect(screen.stderr.trimEnd().split('\n').filter(Boolean)).toHaveLength(notices.length + problems);
    expect(said).toHaveLength(notices.length + (problems && skipped.length + 1));
  });
});
