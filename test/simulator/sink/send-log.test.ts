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
const plain = fc
  .tuple(fc.constantFrom('dev-1', 'dev-2', 'dev-3', '__proto__', '7'), fc.nat())
  .map(
    ([device, n]) =>
      `{"device_id":"${device}","site_id":"plant","seq":${n},"temperature":21.5,"cpu":3,"ram":40.25,"hd":50,` +
      `"timestamp":"2026-01-31T09:30:00.000Z","timestamp_sent":"2026-01-31 09"}`,
  );
const anyLine = fc.oneof(
  { weight: 9, arbitrary: plain },
  { weight: 2, arbitrary: line },
  { weight: 1, arbitrary: fc.constantFrom('', 'x', '{}') },
);

it('counts exactly the lines that the contract calls readings, by device, in their order', () => {
  fc.assert(
    fc.property(fc.array(anyLine, { minLength: 1, maxLength: 5 }), (lines) => {
      const values = lines.map(parsed);
      const expected = new Map<string, number[]>();
      for (const { device_id: device, seq } of values.filter(isReading)) {
        expected.set(device, [...(expected.get(device) ?? []), seq]);
      }
      const { readings, malformed } = readingsIn(lines.join('\n'));
      expect({ readings: new Map(Object.entries(JSON.parse(readings))), malformed }).toEqual({
        readings: expected,
        malformed: values.filter((value) => !isReading(value)).length,
      });
    }),
    { numRuns: 2_000 },
  );
});
