import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCompact } from '../../../infra/commands/compact.ts';
import { NOW, type RawReading, TABLES, writeRaw } from '../emulator/athena/iceberg/support/raw.ts';
import { createHarness, type Harness, WORK_GROUP } from '../emulator/athena/support/harness.ts';
import { listen } from './support/listen.ts';
import { type ServedAthena, serveAthena } from './support/local-athena.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let harness: Harness;
let served: ServedAthena;
let out = '';
let err = '';

beforeAll(() => {
  harness = createHarness({ tables: TABLES, now: () => NOW });
});
afterAll(() => harness.close());

async function open(outputs: Record<string, string> = { MaintenanceWorkGroupName: WORK_GROUP }) {
  harness.empty();
  served = await serveAthena(harness, outputs);
}
afterEach(() => served?.close());

async function run(...argv: string[]): Promise<number> {
  const { said, io } = listen();
  const code = await runCompact(argv, { ...io, now: () => NOW }, new AbortController().signal);
  [out, err] = [said.stdout, said.stderr];
  return code;
}
const local = () => ['--local', '--dir', served.dir];

/** A day of two devices, one reading a minute; some sent twice, some late, some malformed. */
function day(): RawReading[] {
  const readings: RawReading[] = [];
  for (let i = 0; i < 1440; i++) {
    const made = NOW - DAY + i * 60_000;
    const reading = { device: `dev-${i % 2}`, seq: i, made, sent: made };
    readings.push(reading);
    if (i % 10 === 0) readings.push(reading);
    if (i % 24 === 0) readings.push({ ...reading, sent: made + 5 * HOUR });
  }
  return [...readings, { device: 'dev-0', seq: 9999, made: 'broken', sent: NOW }];
}

describe('npm run compact', () => {
  it('merges a day with repeats, and says what it found', async () => {
    await open();
    await writeRaw(harness, day());
    expect(await run(...local())).toBe(0);
    expect(out.replace(/\d+ ms/g, 'N ms')).toBe(
      `Raw rows, from 2026-11-19 on         1,645
  repeats of another                   204
  not taken in                           1  no time or number, or over 7 d late
Trusted readings before                  0
Trusted readings now                 1,440  1,440 more
Merged in N ms, optimized in N ms, vacuumed in N ms
`,
    );
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(err).toBe('');
  });

  it('changes nothing the second time', async () => {
    await open();
    await writeRaw(harness, day());
    await run(...local());
    expect(await run(...local(), '--json')).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      since: '2026-11-19',
      raw: { rows: 1645, repeats: 204, notAdmitted: 1 },
      trusted: { before: 1440, after: 1440, added: 0 },
    });
  });

  it('merges older readings only when told to, day by day', async () => {
    await open();
    const old = [8, 5].map((days, seq) => ({
      device: 'a',
      seq,
      made: NOW - days * DAY,
      sent: NOW - days * DAY,
    }));
    await writeRaw(harness, [...old, { device: 'a', seq: 2, made: NOW, sent: NOW + 12 * HOUR }]);
    await run(...local(), '--json');
    expect(JSON.parse(out).trusted.added).toBe(1);
    await run(...local(), '--json', '--since', '8d');
    expect(JSON.parse(out)).toMatchObject({ since: '2026-11-14', trusted: { added: 2, after: 3 } });
  });

  it.each([
    [['--since', 'ever'], /Expected a duration such as/],
    [['--since', '9999d'], /Expected from 1d to 3660d/],
    [['--dir', 'x'], /--dir goes with --local only/],
    [['--locl'], /Did you mean --local/],
  ])('refuses %j with what was expected', async (argv, message) => {
    expect(await run(...argv)).toBe(2);
    expect(err).toMatch(message);
    expect(out).toBe('');
  });

  it('says what is missing if a stack has no trusted layer', async () => {
    await open({});
    expect(await run(...local())).toBe(1);
    expect(err).toBe('This stack has no trusted layer yet. Restart: npm start\n');
  });

  it('says that the local runtime is not running', async () => {
    await open();
    served.close();
    expect(await run(...local())).toBe(1);
    expect(err).toMatch(/Start it with: npm start/);
  });
});
