import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runQuery } from '../../../../infra/commands/query/query.ts';
import {
  createHarness,
  DATABASE,
  type Harness,
  plainTable,
  WORK_GROUP,
} from '../../emulator/athena/support/harness.ts';
import { listen } from '../support/listen.ts';
import { type ServedAthena, serveAthena, writeOutputs } from '../support/local-athena.ts';

/** The command with local Athena over HTTP, which is AWS' own protocol. */
let harness: Harness;
let served: ServedAthena;
let out: string;
let err: string;

const namedQuery = (name: string, description: string, sql: string) => ({
  id: `id-of-${name}`,
  properties: {
    Name: name,
    Description: description,
    QueryString: sql,
    Database: DATABASE,
    WorkGroup: WORK_GROUP,
  },
});

beforeAll(async () => {
  harness = createHarness({
    tables: [plainTable('facts', 'id string, at timestamp, temperature double, n bigint')],
    namedQueries: [
      namedQuery(
        'hottest-devices',
        'The hottest',
        'SELECT id, max(temperature) AS max_temp FROM facts GROUP BY id ORDER BY id',
      ),
      namedQuery(
        'device-last-hour',
        'One device. Parameter: DEVICE_ID',
        'SELECT at, temperature FROM facts WHERE id = ? ORDER BY at',
      ),
    ],
  });
  await harness.write(
    'facts/all.parquet',
    `SELECT 'd' || (i % 2) AS id, TIMESTAMP '2026-03-01 00:00:00' + to_minutes(i) AS at,
            CASE WHEN i = 3 THEN NULL ELSE 20.0 + i * 1.25 END AS temperature, i AS n FROM range(12) t(i)`,
  );
  served = await serveAthena(harness);
});
afterAll(async () => {
  served.close();
  await harness.close();
});

const never = new AbortController().signal;
let input = '';
async function runWith(argv: string[], signal = never): Promise<number> {
  const { said, io } = listen();
  const code = await runQuery(argv, { ...io, width: 80 }, signal, async () => input);
  [out, err] = [said.stdout, said.stderr];
  return code;
}
const run = (...argv: string[]) => runWith([...argv, '--local', '--dir', served.dir]);

describe('npm run query', () => {
  it('lists the saved queries and what each answers', async () => {
    expect(await run()).toBe(0);
    expect(out).toBe(
      'device-last-hour\n  One device. Parameter: DEVICE_ID\nhottest-devices\n  The hottest\n',
    );
    expect(err).toContain('npm run query -- hottest-devices --local');
  });

  it('runs one by its name: a table with units, and what it cost', async () => {
    expect(await run('hottest-devices')).toBe(0);
    expect(out).toBe(
      ['id  max_temp', '          °C', '──  ────────', 'd0     32.50', 'd1     33.75', ''].join('\n'),
    );
    expect(err).toMatch(/2 rows in \d+ ms, \d+ B scanned: \$0\.00005 on AWS\n\(\$5\/TB, at least 10 MB/);
  });

  it('takes SQL of several lines from a file or from the input, with parameters', async () => {
    const sql = 'SELECT count(*) AS n\nFROM facts -- all\nWHERE id = ?;\n\n';
    const file = join(served.dir, 'mine.sql');
    writeFileSync(file, sql);
    expect(await run('--file', file, 'd1', '--json')).toBe(0);
    expect(JSON.parse(out)).toEqual([{ n: 6 }]);
    input = sql;
    expect(await run('-', 'd0', '--json')).toBe(0);
    expect(JSON.parse(out)).toEqual([{ n: 6 }]);

    input = ' \n';
    expect(await run('-')).toBe(2);
    expect(err).toContain('Expected SQL in the input, got nothing');
    expect(await run('--file', join(served.dir, 'none.sql'))).toBe(2);
    expect(err).toContain('none.sql cannot be read: ENOENT');
  });

  it('draws a time series', async () => {
    expect(await run('device-last-hour', 'd1')).toBe(0);
    expect(out).toContain('2026-03-01 00:03:00            –\n');
    expect(out).toMatch(/\ntemperature {2}▁▄▅▇█ {2}21\.25 to 33\.75 °C\n$/);
  });

  it('runs SQL with parameters: numbers as numbers, everything else as text', async () => {
    expect(await run('SELECT count(*) AS found FROM facts WHERE id = ? AND n > ?', 'd1', '6', '--csv')).toBe(
      0,
    );
    expect(out).toBe('found\n3\n');
    expect(await run('SELECT count(*) AS found FROM facts WHERE id = ?', "it's; --", '--csv')).toBe(0);
    expect(out).toBe('found\n0\n');
  });

  it('prints JSON with numbers, NULL and repeated names', async () => {
    expect(
      await run(
        'SELECT n, temperature, n, 9007199254740993 AS big, true AS yes FROM facts WHERE n = 3',
        '--json',
      ),
    ).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { n: 3, temperature: null, n_2: 3, big: '9007199254740993', yes: true },
    ]);
  });

  it('reads results that have many pages', async () => {
    expect(await run('SELECT a.n FROM facts a, facts b, facts c, facts d WHERE d.n < 2', '--csv')).toBe(0);
    expect(out.split('\n')).toHaveLength(12 * 12 * 12 * 2 + 2);
  });

  it('answers SHOW without a price', async () => {
    expect(await run('SHOW TABLES')).toBe(0);
    expect(out).toBe('tab_name\n────────\nfacts\n');
    expect(err).not.toContain('$');
  });
});

describe('an error is explained in one line', () => {
  it.each([
    [
      ['hotest-device'],
      2,
      /^error: There is no saved query "hotest-device"\. Did you mean hottest-devices\?\n$/,
    ],
    [['entirely-other'], 2, /npm run query lists them/],
    [['device-last-hour'], 2, /takes 1 parameter, got 0\.\nOne device\. Parameter: DEVICE_ID\n$/],
    [['SELECT 1', 'extra'], 2, /^error: The query takes 0 parameters, got 1\.\n$/],
    [['SELECT nothing FROM facts'], 1, /^Athena: FAILED COLUMN_NOT_FOUND/],
    [['SELECT FROM FROM'], 1, /^Athena refused: line 1:/],
    [['--json', '--csv'], 2, /cannot be used with/],
    [['--jsn'], 2, /unknown option '--jsn'/],
  ])('%j exits with %i', async (argv, code, message) => {
    expect(await run(...argv)).toBe(code);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });

  it('a runtime that is not running', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'query-'));
    try {
      expect(await runWith(['--local', '--dir', folder])).toBe(1);
      expect(err).toContain('Start it with: npm start');
      writeOutputs(folder, { Endpoint: 'http://127.0.0.1:1' });
      expect(await runWith(['--local', '--dir', folder])).toBe(1);
      expect(err).toBe('The local runtime does not answer at http://127.0.0.1:1. Start it with: npm start\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('--dir without --local', async () => {
    expect(await runWith(['--dir', served.dir])).toBe(2);
    expect(err).toContain('--dir goes with --local only');
  });

  it('a query that is stopped', async () => {
    const stop = new AbortController();
    const endless =
      'SELECT count(*) FROM facts a, facts b, facts c, facts d, facts e, facts f, facts g, facts h, facts i WHERE a.n + i.n = -1';
    const running = runWith([endless, '--local', '--dir', served.dir], stop.signal);
    stop.abort();
    expect(await running).toBe(1);
    expect(err).toBe('Stopped.\n');
  });
});
