import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { isReading } from '../../../services/contract/reading.ts';
import { truthLineSchema } from '../../../services/contract/truth.ts';
import type { Report } from '../../../simulator/cli/report.ts';
import { openSource, openTarget } from '../../../simulator/cli/setup.ts';
import { parsed } from '../../support/parsed.ts';
import { parseOptions, simulate, start, startCommand, temporaryFolder } from '../support/cli.ts';
import { drain, readingsOf } from '../support/collect.ts';

describe('npm run simulate', () => {
  it('writes NDJSON to stdout and everything for people to stderr', async () => {
    // The script of package.json itself; the other tests start what it starts in one file.
    const script = JSON.parse(readFileSync('package.json', 'utf8')).scripts.simulate.split(' ');
    const args = ['--out', '-', '--count', '50', '--interval', '50ms'];
    const { code, stdout, stderr } = await startCommand([...script, ...args]).finished;
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(50);
    expect(lines.map(parsed).every(isReading)).toBe(true);
    expect(stderr).toMatch(/Sent +50 readings/);
    expect(stderr).toMatch(/acked 50, failed 0/);
    for (const line of stderr.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('writes a file, the truth beside it, and a report for machines', async () => {
    const folder = temporaryFolder();
    const [out, truth] = [join(folder, 'readings.ndjson'), join(folder, 'truth.ndjson')];
    const args = ['--devices', '200', '--interval', '100ms', '--duration', '1s', '--anomaly-rate', '0.3'];
    const { code, stdout } = await simulate(...args, '--out', out, '--truth', truth, '--json');
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as Report;
    const lines = readFileSync(out, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(report.acked);
    expect(report.made + report.silent).toBe(2000);
    expect(report.sent).toBe(report.made);
    const known = readFileSync(truth, 'utf8').trimEnd().split('\n');
    const parsed = known.map((line) => truthLineSchema.parse(JSON.parse(line)));
    const inside = parsed.reduce((sum, line) => sum + (line.type === 'episode' ? line.readings : 0), 0);
    expect(inside / 2000).toBeCloseTo(report.anomalousShare, 10);
    expect(parsed.at(-1)).toMatchObject({ type: 'run', devices: 200, interval_ms: 100 });
  });

  it('makes hours of readings in no time, and the same file every time', async () => {
    const folder = temporaryFolder();
    const make = async (name: string) => {
      const out = join(folder, name);
      const args = ['--fast', '--start', '2026-01-05T08:00:00Z', '--duration', '4h', '--interval', '5s'];
      const inject = ['--inject', 'stuck@dev-1:cpu+1h/1h', '--inject', 'outage@port-janickport-1+3h/20m'];
      const { code, stderr } = await simulate(
        ...args,
        ...inject,
        '--devices',
        '4',
        '--out',
        out,
        '--truth',
        `${out}.truth`,
      );
      expect(code, stderr).toBe(0);
      expect(stderr).toMatch(/Sent +10,560 readings of 4 h in \d/);
      return readFileSync(out, 'utf8') + readFileSync(`${out}.truth`, 'utf8');
    };
    const text = await make('one.ndjson');
    expect(await make('two.ndjson')).toBe(text);
    const lines = text.trimEnd().split('\n').map(parsed) as Record<string, string>[];
    expect(lines[0]?.timestamp).toMatch(/^2026-01-05T08:00:0/);
    expect(lines.filter(isReading).at(-1)?.timestamp).toMatch(/^2026-01-05T11:59:5/);
    const truth = lines.filter(({ type }) => type !== undefined);
    expect(truth.map(({ type, kind, device_id }) => [type, kind, device_id])).toEqual([
      ['episode', 'stuck', 'dev-1'],
      ['episode', 'outage', '*'],
      ['run', undefined, undefined],
    ]);
    expect(truth[0]?.start).toMatch(/^2026-01-05T09:00:0/);
    expect(truth[0]?.end).toMatch(/^2026-01-05T10:00:0/);
  });

  it('shows values of coarse sensors', async () => {
    const args = ['--resolution', 'temperature:0.5,hd:1', '--devices', '8', '--fast', '--duration', '1m'];
    const { source } = await openSource(parseOptions([...args, '--out', '-']), () => {});
    const readings = readingsOf(drain(source));
    expect(readings.every(({ temperature, hd }) => temperature % 0.5 === 0 && hd % 1 === 0)).toBe(true);
    expect(readings.some(({ temperature }) => temperature % 1 !== 0)).toBe(true);
    expect(readings.some(({ cpu }) => cpu % 1 !== 0)).toBe(true);
  });

  it('ends quietly when its reader stops reading', async () => {
    const running = start(['--out', '-', '--devices', '2000', '--interval', '100ms']);
    running.child.stdout.once('data', () => running.child.stdout.destroy());
    const { code, stderr } = await running.finished;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/EPIPE|Error/);
  });

  it.each([
    [['--devices', '0'], 'Expected a whole number from 1 to 1000000, got "0"'],
    [['--interval', '5'], 'Expected a duration such as 250ms'],
    [['--anomaly-rate', '2'], 'Expected a share from 0 to 1'],
    [['--anomaly-rate', '0.95', '--anomalies', 'spike'], 'Expected at most 0.81'],
    [['--anomalies', 'spike,spik'], 'spike, sustained, drift, stuck, noise, dropout'],
    [['--inject', 'spike@dev-3'], 'Expected kind@device:metric+start/length'],
    [['--inject', 'spike@dev-3+20s/15s'], 'Expected a metric: spike@dev-3:temperature+20s/15s'],
    [['--inject', 'dropout@dev-3:cpu+20s/15s'], 'Expected no metric'],
    [['--inject', 'outage@port-janickport-1:cpu+20s/15s'], 'Expected no metric, for an outage silences'],
    [['--inject', 'outage@dev-3+20s/15m'], 'no site dev-3 in this fleet. Its sites: port-janickport-1, '],
    [['--anomalies', 'outage'], 'Expected kinds of anomaly of a device (spike, sustained,'],
    [['--resolution', 'temperature=1'], 'such as temperature:0.5,ram:1'],
    [['--resolution', 'temperature:0'], 'Expected metrics with a resolution of 0.01 or more'],
    [['--fast', '--duration', '1h'], '--fast writes a file: --out FILE.'],
    [['--fast', '--out', '-'], '--fast needs an end: --duration 4h, or --count.'],
    [['--start', '2026-01-05T08:00:00Z', '--out', '-'], '--start belongs to --fast.'],
    [['--start', 'monday'], 'Expected a time such as 2026-01-05T08:00:00Z'],
    [['--inject', 'spike@dev-99:cpu+20s/15s'], 'no device dev-99 in this fleet of dev-1 to dev-20'],
    [
      ['--seed', '2', '--inject', 'spike@dev-3:cpu+20s/15s'],
      'no device dev-3 in this fleet of dev-2-1 to dev-2-20',
    ],
    [
      ['--inject', 'spike@dev-1:cpu+5s/2s', '--duration', '1s'],
      'spike@dev-1+5s begins after the last reading',
    ],
    [['--inject', 'spike@dev-1:cpu+900ms/2s', '--duration', '1s'], 'spike@dev-1+900ms begins after the last'],
    [['--inject', 'dropout@dev-1+1s/2s', '--duration', '1s'], 'dropout@dev-1+1s begins after the last'],
    [['--inject', 'noise@dev-1:hd+5s/2s', '--count', '100'], 'noise@dev-1+5s begins after the last'],
    [
      ['--inject', 'noise@dev-1:hd+40s/2s', '--duration', '60s', '--ramp', '10%:1s', '--count', '80'],
      'begins after',
    ],
    [['--retry-for', '0s'], 'Expected a duration above 0'],
    [['--retry-for', '1m', '--out', '-'], 'cannot be used with'],
    [['--late', '0.6', '--duplicate', '0.6'], 'add up to 1.2; expected at most 1'],
    [['--ramp', '10,20'], 'such as 10,25,50,100%:30s'],
    [['--burst', '5x:60s/10s'], 'Expected a burst shorter than its period'],
    [['--rate', '100000', '--devices', '10'], 'Use more devices, or a lower rate'],
    [['--rate', '10', '--interval', '1s'], 'cannot be used with'],
    [['--speed', '60x'], '--speed belongs to --replay'],
    [['--time-column', 'time'], '--time-column belongs to --replay'],
    [['--replay', 'x.csv', '--time-format', 'soon'], 'Expected a form of times (DD/MM/YYYY,'],
    [['--replay', 'x.csv', '--delimiter', '::'], 'Expected one character, or comma, semicolon, tab, space'],
    [['--replay', 'x.csv', '--devices', '5'], 'cannot be used with'],
    [['--replay', 'missing.csv', '--out', '-'], 'Cannot read missing.csv'],
    [['--send-log', 'x', '--out', '-'], 'cannot be used with'],
    [['--ramp', '10,200%:30s'], 'such as 10,25,50,100%:30s'],
    [['--json', '--out', '-'], 'both want stdout'],
    [['--out', '/nowhere/at/all.ndjson'], 'Cannot write /nowhere/at/all.ndjson'],
    [['--device', '5'], 'Did you mean --devices'],
    [['--local', '--dir', '/nowhere'], 'Is the local runtime running? Start it with: npm start'],
  ])('refuses %j with one sentence', async (args, sentence) => {
    const said: string[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
    try {
      const options = parseOptions(args);
      await openTarget(options, () => {});
      await openSource(options, () => {});
      expect.unreachable();
    } catch (error) {
      said.push((error as Error).message);
    } finally {
      write.mockRestore();
    }
    expect(said.join('')).toContain(sentence);
  });

  it.each([
    [['--inject', 'spike@dev-1:cpu+900ms/2s', '--duration', '1.1s']],
    [['--inject', 'spike@dev-1:cpu+4s/2s', '--count', '100']],
    // Silence makes a run of so many readings longer.
    [['--inject', 'spike@dev-1:cpu+5s/2s', '--inject', 'dropout@dev-2+0s/9s', '--count', '100']],
    [
      [
        '--late',
        '0.1',
        '--duplicate',
        '0.2',
        '--reorder',
        '0.3',
        '--clock-skew',
        '0.3',
        '--malformed',
        '0.1',
      ],
    ],
    [['--anomaly-rate', '0.81', '--anomalies', 'spike']],
  ])('takes %j', (args) => {
    expect(() => parseOptions([...args, '--out', '-'])).not.toThrow();
  });

  it.each([
    [
      ['--rate', '333', '--devices', '100'],
      '100 devices at 5 sites (port-janickport-1 … cristcester-5), every 300.3ms, seed 1',
    ],
    [['--rate', '7', '--devices', '50'], 'every 7143ms, seed 1'],
    [['--interval', '90s'], 'every 90s, seed 1'],
    [['--anomaly-rate', '0.07'], 'seed 1, 7 % of device-time anomalous'],
    [['--anomaly-rate', '0.0005'], 'seed 1, 0.05 % of device-time anomalous'],
  ])('says %j in figures for people', async (args, title) => {
    expect((await openSource(parseOptions([...args, '--out', '-']), () => {})).title).toContain(title);
  });

  it('says which injections the run ended before', async () => {
    const args = ['--inject', 'spike@dev-1:cpu+600ms/100ms', '--inject', 'dropout@dev-2+0s/9s'];
    const { source } = await openSource(
      parseOptions([...args, '--devices', '2', '--count', '2', '--out', '-']),
      () => {},
    );
    expect(source.counts.unbegun).toBeUndefined();
    drain(source);
    expect(source.counts.unbegun).toBe(0);
    const early = await openSource(parseOptions([...args, '--devices', '2', '--out', '-']), () => {});
    early.source.finish(0);
    expect(early.source.counts.unbegun).toBe(2);
  });

  it('says what is wrong without a stack trace, and exits with 2', async () => {
    const { code, stderr, stdout } = await simulate('--replay', 'missing.csv', '--out', '-');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: Cannot read missing\.csv/);
    expect(stderr).not.toContain('    at ');
    expect(stdout).toBe('');
  });

  describe('with --replay', () => {
    /** Opens the source of a replay of a file with this text. */
    async function replay(text: string, ...args: string[]) {
      const file = join(temporaryFolder(), 'pump 7.csv');
      writeFileSync(file, text);
      const said: string[] = [];
      const options = parseOptions(['--replay', file, '--out', '-', ...args]);
      const open = await openSource(options, (line) => said.push(line));
      return { ...open, said };
    }

    it('names bad rows by line, counts them, and sends the others', async () => {
      const text =
        'timestamp,value\n2024-01-01 00:00:00,20.5\noops,1\n2024-01-01 00:01:00,95\n2024-01-01 00:02:00,\n';
      const { source, said, title } = await replay(text, '--speed', '600x');
      expect(said).toEqual([
        expect.stringMatching(/pump 7\.csv line 3: Expected a timestamp/),
        expect.stringMatching(/pump 7\.csv line 5: Expected a number, got ""/),
        'Skipped 2 of 4 rows.',
      ]);
      expect(title).toMatch(/^2 rows of .* as temperature of pump-7, 0\.0 h from 2024-01-01T00:00:00\.000Z/);
      expect(readingsOf(drain(source)).map(({ temperature }) => temperature)).toEqual([20.5, 95]);
    });

    it('says how it understood the file, and takes options for what it cannot know', async () => {
      const text = 'Date;Wert\n02/01/2024 00:01;1,5\n01/01/2024 00:00;20,5\n';
      await expect(replay(text, '--column', 'wert')).rejects.toThrow('--time-format DD/MM/YYYY');
      const { source, said } = await replay(text, '--column', 'wert', '--time-format', 'dd/mm/yyyy');
      expect(said).toEqual([
        expect.stringMatching(/pump 7\.csv: Values are read with a decimal comma\.$/),
        expect.stringMatching(/pump 7\.csv: Rows were not in order of time; sorted\.$/),
      ]);
      expect(readingsOf(drain(source)).map(({ temperature }) => temperature)).toEqual([20.5, 1.5]);
    });

    it('refuses a speed at which the series would run ahead of the clock', async () => {
      const text = 'timestamp,value\n2024-01-01 00:00:00,1\n2024-01-01 00:00:10,2\n';
      await expect(replay(text, '--speed', '5001x')).rejects.toThrow('Expected at most 5000x for this file');
      expect((await replay(text, '--speed', '5000x')).title).toContain('2 rows');
    });
  });
});
