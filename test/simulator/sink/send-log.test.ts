import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isReading } from '../../../services/contract/reading.ts';
import { readingsIn } from '../../../simulator/sink/send-log.ts';
import { parsed } from '../../support/parsed.ts';

const number = fc.oneof(
  fc.double({ min: -300, max: 12_000, noNaN: true }).map((value) => value.toFixed(3)),
  fc.double().map(String),
  fc.constantFrom('0', '-0', '100', '100.1', '99.999', '-99.5', '-274', '007', '1e2', 'null', '"5"', '12345'),
);
const id = fc.constantFrom('dev-1', 'dev-2', 'a b', '', 'x'.repeat(64), 'x'.repeat(65), 'é');
const time = fc.constantFrom(
  ...['2026-01-31T09:30:00.000Z', '2026-02-30T09:30:00.000Z', '2026-02-28T24:00:00.000Z'],
  ...['2026-01-31T09:30:00Z', '2026-01-31t09:30:00.123+01:00', 'now'],
);
const hour = fc.constantFrom('2026-01-31 09', '2026-02-29 09', '2026-01-31 24', '2026-01-31T09');
const seq = fc.constantFrom('0', '7', '01', '-1', '1.5', '999999999999999', '9007199254740993');
const line = fc
  .tuple(id, id, seq, number, number, number, number, time, hour, fc.constantFrom('', ' ', ',"extra":1'))
  .map(
    ([device, site, n, temperature, cpu, ram, hd, at, sent, more]) =>
      `{"device_id":"${device}","site_id":"${site}","seq":${n},"temperature":${temperature},"cpu":${cpu},"ram":${ram},` +
      `"hd":${hd},"timestamp":"${at}","timestamp_sent":"${sent}"${more}}`,
  );
const anyLine = fc.oneof(
  { weight: 9, arbitrary: line },
  { weight: 1, arbitrary: fc.constantFrom('', 'x', '{}') },
);

it('counts exactly the lines that the contract calls readings, by device, in their order', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { minLength: 1, maxLength: 5 }), (lines) => {
      const values = lines.map(parsed);
      const expected: Record<string, number[]> = {};
      for (const value of values.filter(isReading)) {
        expected[value.device_id] = [...(expected[value.device_id] ?? []), value.seq];
      }
      expect(readingsIn(lines.join('\n'))).toEqual({
        readings: expected,
        malformed: values.filter((value) => !isReading(value)).length,
      });
    }),
    { numRuns: 2_000 },
  );
});
