/** However a device writes its times, and whichever metrics it leaves out, it is alerted for as any other. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Reading } from '../../../services/contract/reading.ts';
import { batch, clock, reading, record } from './support/batch.ts';
import { harness, published, rules } from './support/harness.ts';

const RULES = rules({
  evaluationPeriods: 3,
  datapointsToAlarm: 2,
  for: '2s',
  datapointsToClear: 2,
  keepFiringFor: '3s',
});

/** The same instant, with more decimals and in another zone. */
function inForm(text: string, { offset, digits, separator, z }: Form): string {
  const ms = Date.parse(text);
  const wall = new Date(ms + (z ? 0 : offset * 60_000)).toISOString();
  const decimals = `.${wall.slice(20, 23).padEnd(digits, '9')}`;
  const two = (n: number) => String(Math.floor(Math.abs(n))).padStart(2, '0');
  const zone = z ? 'Z' : `${offset < 0 ? '-' : '+'}${two(offset / 60)}:${two(offset % 60)}`;
  return `${wall.slice(0, 10)}${separator}${wall.slice(11, 19)}${decimals}${zone}`;
}
interface Form {
  offset: number;
  digits: number;
  separator: string;
  z: boolean;
}
const form = fc.record({
  offset: fc.integer({ min: -840, max: 840 }),
  digits: fc.integer({ min: 3, max: 9 }),
  separator: fc.constantFrom('T', 't', ' '),
  z: fc.boolean(),
});
const timeline = fc.array(
  fc.record({
    stepMs: fc.integer({ min: -3000, max: 5000 }),
    temperature: fc.constantFrom(50, 77, 85, 95),
    form,
    left: fc.constantFrom<(keyof Reading)[]>([], ['cpu'], ['cpu', 'ram', 'hd']),
    as: fc.constantFrom(null, undefined),
  }),
  { minLength: 3, maxLength: 25 },
);

async function alertsOf(readings: readonly object[]) {
  const { detector, aws, metric } = harness(RULES);
  const lines = readings.map((one) => JSON.stringify(one)).join('\n');
  await detector(batch([record(lines, clock('12:00:00'))]));
  expect(metric('MalformedLines')).toEqual([]);
  // As the device wrote them.
  return published(aws).map(({ made_from: _, made_to: __, ...alert }) => alert);
}

it('the same readings in any form cause the same alerts', async () => {
  await fc.assert(
    fc.asyncProperty(timeline, async (steps) => {
      let at = clock('10:00:00');
      const own = steps.map(({ stepMs, temperature }, seq) => {
        at += stepMs;
        return { ...reading('10:00:00', { seq, temperature }), timestamp: new Date(at).toISOString() };
      });
      const other = own.map((one, i) => {
        const { form: how, left, as } = steps[i] as (typeof steps)[number];
        const without = Object.fromEntries(left.map((metric) => [metric, as]));
        return { ...one, ...without, timestamp: inForm(one.timestamp, how) };
      });
      expect(await alertsOf(other)).toEqual(await alertsOf(own));
    }),
    { numRuns: 200 },
  );
});
