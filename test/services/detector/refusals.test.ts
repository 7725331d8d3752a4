/** Nothing is refused in silence: every reading that is not evaluated is told by device, with the reason and the advice. */
import { describe, expect, it } from 'vitest';
import { adviceOn, REASONS } from '../../../services/contract/advice.ts';
import { METRICS, READING_FIELDS } from '../../../services/contract/reading.ts';
import { refusalSchema } from '../../../services/contract/refusal.ts';
import { MAX_NAMED } from '../../../services/detector/refusals.ts';
import { createReport } from '../../../services/detector/report.ts';
import { batch, clock, line, reading, record } from './support/batch.ts';
import { fakeAws } from './support/fake-aws.ts';
import { harness } from './support/harness.ts';

const good = line(reading('10:00:00'));

describe('refusals', () => {
  it('are counted by device and reason, and told once a batch', async () => {
    const { detector, reported, metric } = harness();
    const wrong = good.replace('"cpu":30', '"cpu":"hunter2"');
    const other = wrong.replace('pump-1', 'pump-2');
    await detector(batch([record([wrong, good, other, wrong].join('\n')), record(wrong)]));
    expect(reported).toMatchObject([
      {
        ...{ verdict: 'refused', device_id: 'pump-1', site_id: 'site-a', readings: 3, line: 1 },
        reason: 'cpu: Expected a number, got a text',
        advice: 'Send a JSON number from 0 to 100 %, or leave cpu out',
      },
      { verdict: 'refused', device_id: 'pump-2', readings: 1, line: 3 },
    ]);
    for (const one of reported) expect(refusalSchema.safeParse(one).success).toBe(true);
    expect(reported.reduce((sum, { readings }) => sum + readings, 0)).toBe(metric('MalformedLines')[0]);
    expect(JSON.stringify(reported)).not.toContain('hunter2');
  });

  it('name the device of a line that is cut off, and nobody where no name stands', async () => {
    const { detector, reported } = harness();
    const named = '{"device_id":"pump 1","site_id":"site-a"';
    await detector(batch([record(`${good.slice(0, 80)}\n${named}\n\u0000\u0001\n[1]`)]));
    expect(reported.map(({ device_id, site_id, reason }) => [device_id, site_id, reason])).toEqual([
      ['pump-1', 'site-a', 'not JSON: it is cut off'],
      [undefined, 'site-a', 'not JSON: it is cut off'],
      [undefined, undefined, 'not JSON: it is UTF-16, or binary'],
      [undefined, undefined, 'reading: Expected a JSON object, got an array'],
    ]);
  });

  it('tell what is skewed, late and set back, each reading once however many rules there are', async () => {
    const { detector, reported } = harness();
    const at = (time: string, seq: number, temperature: number) => reading(time, { seq, temperature });
    const sent = (...readings: ReturnType<typeof reading>[]) =>
      detector(batch([record(readings, clock('10:01:00'))]));
    await sent(at('10:00:10', 10, 95), at('10:30:00', 11, 95));
    await sent(at('10:00:05', 5, 95), at('10:00:01', 20, 95));
    expect(reported.map(({ verdict, readings, reason }) => [verdict, readings, reason])).toEqual([
      ['skewed', 1, REASONS.skewed],
      ['late', 1, REASONS.late],
      ['set-back', 1, REASONS.setBack],
    ]);
  });

  it('tell what was sent in a day that queries do not see yet, and evaluate it', async () => {
    const { detector, reported, metric } = harness();
    const hot = (seq: number, timestamp_sent: string) =>
      reading('10:00:00', { seq, device_id: `pump-${seq}`, temperature: 95, timestamp_sent });
    const today = reading('10:00:00').timestamp_sent.slice(0, 10);
    const [tomorrow, later] = [1, 2].map((days) =>
      new Date(Date.parse(today) + days * 86_400_000).toISOString().slice(0, 10),
    );
    await detector(batch([record([hot(1, `${today} 10`), hot(2, `${tomorrow} 23`), hot(3, `${later} 00`)])]));
    expect(reported.map(({ verdict, device_id, reason }) => [verdict, device_id, reason])).toEqual([
      ['sent-ahead', 'pump-3', REASONS.sentAhead],
    ]);
    expect(metric('IncidentsOpened')).toEqual([3]);
  });

  it('are not what Lambda repeats', async () => {
    const { detector, reported, metric } = harness();
    const event = batch([record([reading('10:00:00', { temperature: 95 })])]);
    await detector(event);
    await detector(event);
    expect(reported).toEqual([]);
    expect(metric('LateReadings')).toEqual([1]);
  });

  it('of more devices than a report names are counted together, so that the sum is exact', async () => {
    const { detector, reported } = harness();
    const lines = Array.from({ length: MAX_NAMED + 50 }, (_, i) => `{"device_id":"d${i}"}`);
    await detector(batch([record(lines.join('\n'))]));
    expect(reported).toHaveLength(MAX_NAMED + 1);
    expect(reported.at(-1)).toMatchObject({ reason: REASONS.others, readings: 50 });
    const aws = fakeAws();
    await createReport(() => aws.sns, 'arn:aws:sns:us-east-1:123456789012:refused')(reported);
    expect(Buffer.byteLength(aws.published[0]?.Message ?? '')).toBeLessThan(256 * 1024);
    expect(aws.published[0]?.Subject).toBe('250 readings not evaluated: d0 and others');
  });

  it('of a record of nothing but rubbish take little time: the first ten thousand are explained', async () => {
    const { detector, reported } = harness();
    await detector(batch([record('{}\n'.repeat(300_000))]));
    expect(reported.map(({ reason, readings }) => [reason.slice(0, 9), readings])).toEqual([
      ['device_id', 10_000],
      ['more line', 290_000],
    ]);
  });

  it('that cannot be told hold up nothing, and are logged', async () => {
    const made = harness();
    made.reportFault = new Error('Throttled');
    expect(await made.detector(batch([record('x')]))).toEqual({ batchItemFailures: [] });
    expect(made.logs.map(({ message }) => message)).toContain('Refusals not reported');
  });

  it('have the same ids when the batch is repeated', async () => {
    const { detector, reported } = harness();
    const event = batch([record('x\n{}')]);
    await detector(event);
    await detector(event);
    const ids = reported.map(({ refusal_id }) => refusal_id);
    expect(ids.slice(0, 2)).toEqual(ids.slice(2));
    expect(new Set(ids).size).toBe(2);
  });
});

it.each(Object.keys(READING_FIELDS))('there is advice about %s', (field) => {
  const general = adviceOn('anything');
  expect(adviceOn(`${field}: …`)).not.toBe(general);
  if (METRICS.some((metric) => metric === field)) expect(adviceOn(`${field}: …`)).toContain(field);
});
