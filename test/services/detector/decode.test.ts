import { describe, expect, it } from 'vitest';
import { REASONS } from '../../../services/contract/advice.ts';
import { MAX_READING_BYTES } from '../../../services/contract/reading.ts';
import { decodeRecords } from '../../../services/detector/decode.ts';
import { aggregate } from '../../support/aggregated.ts';
import { clock, line, reading, record } from './support/batch.ts';

const decode = (...data: Parameters<typeof record>[0][]) =>
  decodeRecords(
    data.map((one) => record(one)),
    ([temperature = Number.NaN]) => !(temperature >= 80),
  );

const good = line(reading('10:00:00'));

describe('a record', () => {
  it('holds one reading, or many, one per line', () => {
    expect(decode(good, `${good}\n${good}`, `${good}\n${good}\n`)).toMatchObject({ valid: 5, malformed: 0 });
  });

  it('may have blank lines and carriage returns between its readings', () => {
    expect(decode(`\n${good}\r\n \n${good}\n\n`)).toMatchObject({ valid: 2, malformed: 0 });
  });

  it.each([
    ['empty', ''],
    ['nothing but line ends', '\n\n'],
    ['binary', new Uint8Array([0x1f, 0x8b, 0xff, 0x00, 0xfe])],
    ['text', 'hello'],
    ['half a reading', good.slice(0, 100)],
    ['an array of readings', `[${good},${good}]`],
    ['two readings with nothing between', `${good}${good}`],
    ['a number', '42'],
    ['null', 'null'],
    ['an object that is not a reading', '{}'],
    ['a reading with a wrong type', good.replace('"cpu":30', '"cpu":"30"')],
    ['a reading with an impossible percentage', good.replace('"cpu":30', '"cpu":101')],
    ['a number that is not finite', good.replace('"temperature":50', '"temperature":1e999')],
    ['a nested bomb', '['.repeat(4000)],
  ])('that is %s counts as malformed, and leaves its neighbours alone', (_, data) => {
    expect(decode(good, data, good)).toMatchObject({ valid: 2, malformed: 1 });
    expect(decode(data).problems).toHaveLength(1);
  });

  it('loses only the line that is malformed', () => {
    expect(decode(`${good}\n{"device_id":\n${good}`)).toMatchObject({ valid: 2, malformed: 1 });
  });

  it('may hold a line of exactly the size limit in bytes, and none longer', () => {
    const padded = (bytes: number, filler: string) => {
      const start = `${good.slice(0, -1)},"note":"`;
      const room = bytes - Buffer.byteLength(start) - 2;
      const text = filler.repeat(Math.floor(room / Buffer.byteLength(filler)));
      return `${start}${text}${'x'.repeat(room - Buffer.byteLength(text))}"}`;
    };
    for (const filler of ['x', '€']) {
      expect(Buffer.byteLength(padded(MAX_READING_BYTES, filler))).toBe(MAX_READING_BYTES);
      expect(decode(padded(MAX_READING_BYTES, filler))).toMatchObject({ valid: 1, malformed: 0 });
      expect(decode(padded(MAX_READING_BYTES + 1, filler))).toMatchObject({ valid: 0, malformed: 1 });
    }
  });

  it('of the largest size, without a line end, is one malformed line', () => {
    expect(decode(new Uint8Array(1024 * 1024).fill(0x7b))).toMatchObject({ valid: 0, malformed: 1 });
  });
});

describe('a record of the Kinesis Producer Library', () => {
  const of = (site_id: string, seq: number) => line(reading('10:00:00', { site_id, seq }));
  const packed = (...records: (readonly [key: string, data: string])[]) =>
    decodeRecords(
      [record('x'), record(aggregate(records), undefined, 'any key'), record([reading('10:00:01')])],
      () => true,
    );

  it('holds readings of many sites, each under its own key', () => {
    const { sites, valid, malformed, foreign } = packed(
      ['site-a', `${of('site-a', 1)}\n`],
      ['site-b', `${of('site-b', 2)}\n${of('site-b', 3)}`],
      ['pump-1', of('site-a', 4)],
      ['#import/site-a', of('site-a', 5)],
    );
    expect({ valid, malformed, foreign }).toEqual({ valid: 5, malformed: 1, foreign: 0 });
    const seqs = (site: string) =>
      sites
        .get(site)
        ?.readings.slice(0, 2)
        .map(({ seq }) => seq);
    expect([seqs('site-a'), seqs('site-b')]).toEqual([
      [1, 4],
      [2, 3],
    ]);
    expect(sites.get('site-a')?.records).toEqual([1, 1, 2]);
    expect(sites.get('site-b')?.records).toEqual([1, 1]);
  });

  it('tells what is not evaluated by its line, counted through the whole record', () => {
    const { problems } = packed(
      ['site-a', `${of('site-a', 1)}\n{`],
      ['site-b', ''],
      ['site-b', of('site-a', 2)],
    );
    expect(problems.slice(1).map(({ line: at, reason }) => [at, reason])).toEqual([
      [2, expect.stringContaining('JSON')],
      [3, REASONS.empty],
      [4, `pump-1: ${REASONS.foreign}`],
    ]);
  });

  it('is malformed where it is empty or damaged', () => {
    expect(packed()).toMatchObject({ valid: 1, malformed: 2 });
    const damaged = aggregate([['site-a', good]]).subarray(0, -1);
    // In lines, as any other bytes.
    expect(decode(damaged).valid).toBe(0);
    expect(decode(damaged).malformed).toBeGreaterThan(0);
  });
});

describe('what is reported about lines that are not evaluated', () => {
  it('says where and why, and never their content', () => {
    const secret = decode(good.replace('"cpu":30', '"cpu":"hunter2"'), 'hunter2').problems;
    expect(secret).toEqual([
      {
        sequence_number: expect.stringMatching(/^\d+$/),
        line: 1,
        reason: expect.stringMatching(/^cpu: .*number/),
      },
      { sequence_number: expect.stringMatching(/^\d+$/), line: 1, reason: 'not JSON' },
    ]);
    expect(JSON.stringify(secret)).not.toContain('hunter2');
  });

  it('stops after a few, but keeps counting', () => {
    const decoded = decode('x\n'.repeat(10_000));
    expect(decoded.malformed).toBe(10_000);
    expect(decoded.problems.length).toBeLessThan(10);
  });
});

describe('a clock', () => {
  const at = (time: string) => decodeRecords([record([reading(time)], clock('12:00:00'))], () => true);

  it('may be five minutes ahead of the arrival, and no more', () => {
    expect(at('12:05:00')).toMatchObject({ valid: 1, skewed: 0 });
    expect(at('12:05:00.001')).toMatchObject({ valid: 1, skewed: 1 });
    expect(at('12:05:00.001').sites.size).toBe(0);
  });

  it('may be hours behind', () => {
    expect(at('01:00:00')).toMatchObject({ valid: 1, skewed: 0 });
  });
});

describe('readings', () => {
  it('are grouped by site in the order of the stream, each with the record that it came in', () => {
    const a = (seq: number) => reading('10:00:00', { seq });
    const b = (seq: number) => reading('10:00:00', { seq, site_id: 'site-b' });
    const { sites } = decode('no reading', [b(1)], [a(2)], [a(3)], [b(4)]);
    const plain = (site: string) => {
      const { firstRecord, readings, records } = sites.get(site) ?? {};
      return { firstRecord, seqs: readings?.map(({ seq }) => seq), records };
    };
    expect(plain('site-a')).toEqual({ firstRecord: 2, seqs: [2, 3], records: [2, 3] });
    expect(plain('site-b')).toEqual({ firstRecord: 1, seqs: [1, 4], records: [1, 4] });
  });

  it('of another site than the key of their record are counted, told, and not evaluated', () => {
    const own = reading('10:00:00');
    const foreign = reading('10:00:00', { site_id: 'site-b', device_id: 'pump-9', temperature: 200 });
    const { sites, valid, foreign: count, problems, refusals } = decode([own, foreign, own]);
    expect({ sites: [...sites.keys()], valid, count }).toEqual({ sites: ['site-a'], valid: 3, count: 1 });
    expect(sites.get('site-a')?.readings).toHaveLength(2);
    expect(problems).toMatchObject([{ line: 2, reason: `pump-9: ${REASONS.foreign}` }]);
    expect(refusals.rows(0)).toMatchObject([
      { verdict: 'foreign', site_id: 'site-b', device_id: 'pump-9', readings: 1, line: 2 },
    ]);
  });

  it('of a lone device may have its own name as their key', () => {
    const { sites, foreign } = decodeRecords(
      [record([reading('10:00:00')], undefined, 'pump-1')],
      () => true,
    );
    expect({ sites: [...sites.keys()], foreign }).toEqual({ sites: ['site-a'], foreign: 0 });
  });

  it('mark their device if a rule may call them a breach', () => {
    const { sites } = decode([
      reading('10:00:00'),
      reading('10:00:00', { device_id: 'pump-2', temperature: 80 }),
    ]);
    expect([...(sites.get('site-a')?.restless ?? [])]).toEqual(['pump-2']);
  });
});
