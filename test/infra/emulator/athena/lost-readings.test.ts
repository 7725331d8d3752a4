/** The saved query on losses and repeats takes whole blocks of numbers at once: it says what reading by reading says. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { savedQueries } from '../../../../infra/aws/queries/saved-queries.ts';
import { createHarness, DATABASE, READINGS } from './support/harness.ts';

const NOW = Date.parse('2026-03-01T00:30:00.000Z');

/** Milliseconds since midnight; without a number or a time, it can only fill a gap. */
interface Reading {
  seq: number | null;
  at: number | null;
}

const FATES = [
  'lost',
  'lost',
  'burst',
  'twice',
  'twice',
  'often',
  'again',
  'odd',
  ...Array<string>(30).fill('kept'),
];

/** A device counts from somewhere and starts again from 0; some readings are lost, repeated or unusable. */
const device = fc
  .record({
    from: fc.constantFrom(0, 0, 5, 31, 1000, 2 ** 40),
    runs: fc.array(fc.array(fc.constantFrom(...FATES), { minLength: 1, maxLength: 90 }), {
      minLength: 1,
      maxLength: 5,
    }),
    everyMs: fc.constantFrom(1, 700),
    pace: fc.constantFrom(1, 1, 1, 2, 3, 40),
  })
  .map(({ from, runs, everyMs, pace }) => {
    let at = 0;
    return runs.flatMap((fates, run) =>
      fates.flatMap((fate, i): Reading[] => {
        at += everyMs;
        const seq = (run === 0 ? from : 0) + i * pace;
        if (fate === 'lost' || fates.slice(Math.max(0, i - 4), i + 1).includes('burst')) return [];
        if (fate === 'odd') return [i % 2 === 0 ? { seq, at: null } : { seq: null, at }];
        if (fate === 'again') return [at, at + 1].map((time) => ({ seq, at: time }));
        return Array.from({ length: { twice: 2, often: 40 }[fate] ?? 1 }, () => ({ seq, at }));
      }),
    );
  })
  .filter((readings) => readings.length > 0);

/** The definition, reading by reading. */
function account(readings: Reading[]): string | undefined {
  const usable = readings.flatMap(({ seq, at }) => (seq === null || at === null ? [] : [{ seq, at }]));
  usable.sort((a, b) => a.at - b.at || a.seq - b.seq);
  const steps = usable.slice(1).map(({ seq, at }, i) => {
    const before = usable[i] ?? { seq, at };
    return { step: seq - before.seq, same: at === before.at };
  });
  const gaps = steps.filter(({ step }) => step >= 2 && step <= 1e9).map(({ step }) => step - 1);
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  const lost = Math.max(0, total - (readings.length - usable.length));
  const repeats = steps.filter(({ step, same }) => step === 0 && same).length;
  if (lost === 0 && repeats === 0) return undefined;
  return [readings.length, lost, Math.max(0, ...gaps), repeats].join(' | ');
}

it('says of every device what its readings in order of time say', async () => {
  const devices = fc.sample(device, { numRuns: 200, seed: 11 });
  const harness = createHarness({ tables: [READINGS], now: () => NOW });
  const rows = devices.flatMap((readings, id) =>
    readings.map(({ seq, at }) => {
      const time = at === null ? 'never' : new Date(Date.parse('2026-03-01T00:00:00Z') + at).toISOString();
      return `('d${id}', 'lab', ${seq ?? 'NULL'}::BIGINT, '${time}', '2026-03-01 00')`;
    }),
  );
  await harness.write(
    'readings/dt=2026-03-01/hour=00/x.parquet',
    `SELECT * FROM (VALUES ${rows.join(', ')}) t(device_id, site_id, seq, "timestamp", timestamp_sent)`,
  );
  const tables = { database: DATABASE, readings: 'readings', alerts: 'alerts', refused: 'refused' };
  const query = savedQueries(tables).find(({ name }) => name === 'lost-and-duplicate-readings');
  const outcome = await harness.query(query?.sql ?? '');
  await harness.close();
  expect(outcome.reason).toBeUndefined();
  const expected = devices.flatMap((readings, id) => {
    const said = account(readings);
    return said === undefined ? [] : [`d${id} | lab | ${said}`];
  });
  expect(expected.length).toBeGreaterThan(60);
  expect(outcome.rows.toSorted()).toEqual(expected.toSorted());
});
