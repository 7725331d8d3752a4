import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { runCheckReading } from '../../../../infra/commands/check-reading/check-reading.ts';
import { createRowConverter } from '../../../../infra/emulator/firehose/openx.ts';
import { lakeVerdictOn, verdictOn } from '../../../../services/contract/line.ts';
import { formatSentHour } from '../../../../services/contract/reading.ts';
import { decodeRecords } from '../../../../services/detector/decode.ts';
import { record } from '../../../services/detector/support/batch.ts';
import { READINGS } from '../../emulator/athena/support/harness.ts';
import { listen } from '../support/listen.ts';

const NOW = Date.parse('2026-01-31T09:30:00.000Z');
const GOOD = {
  ...{ device_id: 'pump-1', site_id: 'field', seq: 7, temperature: 95, timestamp: '2026-01-31T09:30:00Z' },
  timestamp_sent: formatSentHour(NOW),
};
const dir = mkdtempSync(join(tmpdir(), 'check-reading-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function check(...lines: unknown[]) {
  const { said, io } = listen();
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  writeFileSync(join(dir, 'lines'), text);
  const code = await runCheckReading([join(dir, 'lines')], { ...io, now: () => NOW, stdin: () => '' });
  return { code, ...said };
}

describe('check-reading', () => {
  it('says what becomes of each line, and exits with 1 where one is not evaluated', async () => {
    const { code, stdout } = await check(
      GOOD,
      '',
      { ...GOOD, cpu: 'hot', extra: 1 },
      { ...GOOD, extra: { a: 1 } },
    );
    expect(code).toBe(1);
    expect(stdout.split('\n')).toEqual([
      'line 1  pump-1 (field)  evaluated',
      '  temperature 95 °C; breaches temperature-high',
      '  lake: a row in dt=2026-01-31/hour=09; NULL in cpu, ram, hd',
      'line 3  pump-1 (field)  refused',
      '  cpu: Expected a number, got a text',
      '  Send a JSON number from 0 to 100 %, or leave cpu out.',
      '  lake: under the error prefix, cpu is not a number',
      'line 4  pump-1 (field)  evaluated',
      '  temperature 95 °C; breaches temperature-high',
      '  lake: a row in dt=2026-01-31/hour=09; NULL in cpu, ram, hd; without extra',
      '3 lines: 2 evaluated, 1 not; 2 rows in the lake, 1 under the error prefix',
      '',
    ]);
  });

  it('exits with 0 where all are evaluated, and counts beyond a hundred', async () => {
    const { code, stdout } = await check(...Array.from({ length: 103 }, () => GOOD));
    expect(code).toBe(0);
    expect(stdout).toContain('… and 3 more lines\n103 lines: 103 evaluated, 0 not;');
  });

  it('takes stdin for -, and JSON for programs', async () => {
    const { said, io } = listen();
    const stdin = () => JSON.stringify({ ...GOOD, timestamp: '2026-01-31T09:36:00Z' });
    expect(await runCheckReading(['-', '--json'], { ...io, now: () => NOW, stdin })).toBe(1);
    expect(JSON.parse(said.stdout)).toMatchObject([
      { line: 1, detector: { verdict: 'skewed', device_id: 'pump-1' }, lake: { stored: 'row' } },
    ]);
  });

  it('says where queries see the row only on a day to come', async () => {
    const { stdout } = await check({ ...GOOD, timestamp_sent: '2026-02-02 00' });
    expect(stdout.replace(/\s+/g, ' ')).toContain('hour=00; which queries see when that day has come');
    expect((await check({ ...GOOD, timestamp_sent: '2026-02-01 23' })).stdout).not.toContain('day has come');
  });

  it('is misused without lines', async () => {
    expect(await check('', ' ')).toMatchObject({ code: 2, stderr: expect.stringContaining('got nothing') });
    const { said, io } = listen();
    expect(await runCheckReading(['/none'], { ...io, now: () => NOW, stdin: () => '' })).toBe(2);
    expect(said.stderr).toMatch(/^error: Cannot read \/none/);
  });
});

describe('its verdicts are those of the pipeline', () => {
  const value = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      0,
      -1,
      1.5,
      2 ** 53,
      100.0001,
      101,
      '',
      '5',
      true,
      [],
      {},
      'pump-2',
      '\ud800',
    ),
    fc.constantFrom<unknown>(
      '2026-01-31 09',
      '2026-02-30 09',
      '2026-01-31T09:36:00Z',
      '2026-01-31T10:30:00.5+01:00',
    ),
    fc.jsonValue(),
  );
  const fields = [...Object.keys(GOOD), 'cpu', 'ram', 'hd', 'CPU', 'extra'];
  const line = fc.oneof(
    fc
      .array(fc.tuple(fc.constantFrom(...fields), value), { maxLength: 3 })
      .map((changes) => JSON.stringify({ ...GOOD, ...Object.fromEntries(changes) })),
    fc.json(),
    fc.string().filter((text) => !text.includes('\n')),
    fc.constantFrom(JSON.stringify(GOOD).slice(0, 40), `{"note":"${'x'.repeat(5000)}"}`, '[]'),
  );

  it('the detector’s', () => {
    fc.assert(
      fc.property(line, (text) => {
        const decoded = decodeRecords([record(text, NOW)], () => true);
        const [refusal] = decoded.refusals.rows(NOW);
        const { verdict, ...told } = verdictOn(text, NOW);
        if (verdict === 'blank') return;
        expect(verdict).toBe(refusal?.verdict ?? 'evaluated');
        if (refusal) {
          const { device_id, site_id, reason, advice } = refusal;
          const expected = { device_id, site_id, advice, reason };
          expect({ ...expected, ...told, reason: (told as { reason: string }).reason.slice(0, 200) }).toEqual(
            expected,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('Firehose’s, as it runs here', () => {
    const convert = createRowConverter(READINGS);
    const partition =
      /^(?:202[4-9]|20[3-9]\d|2[1-9]\d\d)-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]) (?:[01]\d|2[0-3])$/;
    fc.assert(
      fc.property(line, (text) => {
        const json = (() => {
          try {
            return JSON.parse(text);
          } catch {
            return undefined;
          }
        })();
        const hour = json?.timestamp_sent;
        const row = typeof hour === 'string' && partition.test(hour) ? convert(json) : { problem: '' };
        const verdict = lakeVerdictOn(text, NOW);
        expect(verdict.stored).toBe('row' in row ? 'row' : 'error');
        if (verdict.stored === 'row' && 'row' in row) {
          const known = READINGS.columns.map(({ name }) => name);
          const given = known.filter((name) => !verdict.nulls.includes(name));
          expect(Object.keys(JSON.parse(row.row)).sort()).toEqual(given.sort());
        }
      }),
      { numRuns: 1000 },
    );
  });
});
