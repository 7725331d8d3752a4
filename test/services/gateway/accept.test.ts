import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainReading } from '../../../services/contract/explain-reading.ts';
import { isReading, MAX_READING_BYTES } from '../../../services/contract/reading.ts';
import { acceptLine, acceptValue } from '../../../services/gateway/intake/accept.ts';
import { stamped } from '../../../services/gateway/spool/stamp.ts';
import { reading } from './support/readings.ts';

const HOUR = '2026-01-31 09';
const SITE = { site: 'plant-1' };
const accepted = (value: object) => {
  const verdict = acceptLine(JSON.stringify(value), SITE);
  if ('reason' in verdict) throw new Error(verdict.reason);
  return verdict.line;
};

describe('a line from a device', () => {
  it('becomes a reading of the site when it is stamped', () => {
    const sent = JSON.parse(stamped(accepted(reading(7)), HOUR));
    expect(isReading(sent)).toBe(true);
    expect(sent).toEqual({ ...reading(7), site_id: 'plant-1', timestamp_sent: HOUR });
  });

  it('cannot choose its site or its hour of sending', () => {
    const liar = { site_id: 'plant-2', timestamp_sent: '1999-01-01 00' };
    expect(accepted(reading(7, 'd1', liar))).not.toMatch(/plant-2|1999/);
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (site_id, timestamp_sent) => {
        const verdict = acceptValue({ ...reading(1), site_id, timestamp_sent }, SITE);
        expect(verdict).toEqual({ line: expect.stringContaining('"site_id":"plant-1"') });
        const sent = JSON.parse(stamped((verdict as { line: string }).line, HOUR));
        expect(explainReading(sent)).toBeUndefined();
        expect(sent).toMatchObject({ site_id: 'plant-1', timestamp_sent: HOUR });
      }),
    );
  });

  it.each([
    ['no JSON', '{"device_id":', 'not JSON'],
    ['a number', '5', 'Expected a JSON object, got a number'],
    ['null', 'null', 'Expected a JSON object, got null'],
    ['an array', '[[]]', 'Expected a JSON object, got an array'],
    [
      'a value of the wrong type',
      JSON.stringify(reading(1, 'd1', { cpu: 'hot' })),
      'got a text. Send a JSON number from 0',
    ],
    ['an impossible value', JSON.stringify(reading(1, 'd1', { cpu: 101 })), 'cpu'],
    ['no device', JSON.stringify({ ...reading(1), device_id: undefined }), 'device_id'],
    ['too long a line', JSON.stringify(reading(1, 'd1', { note: 'x'.repeat(MAX_READING_BYTES) })), 'at most'],
  ])('is refused with its reason: %s', (_, text, reason) => {
    expect(acceptLine(text, SITE)).toEqual({ reason: expect.stringContaining(reason) });
  });

  it('is taken from the device that has signed in, and from no other', () => {
    expect(acceptValue(reading(1, 'd2'), { ...SITE, device: 'd1' })).toEqual({
      reason: 'Expected readings of d1, which has signed in, got one of d2',
    });
    expect(acceptValue(reading(1, 'd1'), { ...SITE, device: 'd1' })).toHaveProperty('line');
  });
});
