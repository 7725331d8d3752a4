import { describe, expect, it } from 'vitest';
import { refusal } from './support/aws-limits.ts';
import { batch, reading, record } from './support/batch.ts';
import { harness, published } from './support/harness.ts';

const DONE = { batchItemFailures: [] };
const HOT = { temperature: 91 };
const REFUSED = refusal('ValidationException', 'Item size has exceeded the maximum allowed size');
const told = (aws: Parameters<typeof published>[0]) =>
  published(aws).map(({ status, site_id, device_id }) => `${status} ${site_id} ${device_id}`);
const isAbout = (input: unknown, what: string) => JSON.stringify(input).includes(what);

describe('an item that DynamoDB will never take', () => {
  it('is set aside at once, with its records; its neighbours in the record and the batch go on', async () => {
    const { detector, aws, kept, metric, logs } = harness();
    aws.fault = (call, input) => (call === 'PutItem' && isAbout(input, 'sick') ? REFUSED : undefined);
    const records = [
      record([reading('10:00:00', { ...HOT, device_id: 'sick' }), reading('10:00:00', HOT)]),
      record([reading('10:00:00', { ...HOT, site_id: 'site-b' })]),
      record([reading('10:00:05', { ...HOT, device_id: 'sick' })]),
    ];
    expect(await detector(batch(records))).toEqual(DONE);
    expect(told(aws).toSorted()).toEqual(['firing site-a pump-1', 'firing site-b pump-1']);
    expect(metric('ReadingsSetAside')).toEqual([2]);
    expect(JSON.stringify(logs)).toContain('site-a/sick#hot');

    const [first, , third] = records;
    expect(kept).toHaveLength(1);
    expect(kept[0]?.key).toBe(`set-aside/shardId-000000000000/${first?.kinesis.sequenceNumber}-site-a.json`);
    const { payload, ...about } = JSON.parse(kept[0]?.body ?? '');
    expect(JSON.parse(payload)).toEqual({ Records: [first, third] });
    expect(about).toMatchObject({
      requestContext: { condition: 'SetAside' },
      KinesisBatchInfo: { startSequenceNumber: first?.kinesis.sequenceNumber, batchSize: 2 },
      setAside: [
        {
          site_id: 'site-a',
          device_id: 'sick',
          rule: 'hot',
          readings: 2,
          reason: 'ValidationException: Item size has exceeded the maximum allowed size',
        },
      ],
    });

    // Once the cause is gone, what was kept goes through the detector, and tells nothing twice.
    aws.fault = () => undefined;
    expect(await detector(JSON.parse(payload))).toEqual(DONE);
    expect(told(aws)).toHaveLength(3);
    expect(told(aws).at(-1)).toBe('firing site-a sick');
  });

  it('that was spoilt by hand is set aside as well, when its device is wrong', async () => {
    const { detector, aws, kept } = harness();
    aws.items.set('site-a/pump-1#hot', { site_id: { S: 'site-a' }, device_rule: { S: 'pump-1#hot' } });
    expect(await detector(batch([record([reading('10:00:00')])]))).toEqual(DONE);
    expect(kept).toEqual([]);
    const other = reading('10:00:05', { ...HOT, device_id: 'pump-2' });
    expect(await detector(batch([record([reading('10:00:05', HOT), other])]))).toEqual(DONE);
    expect(told(aws)).toEqual(['firing site-a pump-2']);
    expect(JSON.parse(kept[0]?.body ?? '').setAside).toMatchObject([
      { device_id: 'pump-1', reason: expect.stringContaining('Delete the item') },
    ]);
  });

  it('is repeated, if it cannot be kept either', async () => {
    const h = harness();
    h.aws.fault = (call, input) => (call === 'PutItem' && isAbout(input, 'sick') ? REFUSED : undefined);
    h.keepFault = new Error('S3 is down');
    const records = [
      record([reading('10:00:00', HOT)]),
      record([reading('10:00:00', { ...HOT, device_id: 'sick' })]),
    ];
    const failed = { batchItemFailures: [{ itemIdentifier: records[0]?.kinesis.sequenceNumber }] };
    expect(await h.detector(batch(records))).toEqual(failed);
    expect(JSON.stringify(h.logs)).toContain('S3 is down');
    h.keepFault = undefined;
    expect(await h.detector(batch(records))).toEqual(DONE);
    expect(h.kept).toHaveLength(1);
  });

  it.each(['ProvisionedThroughputExceededException', 'AccessDeniedException', 'TimeoutError', 'Error'])(
    'is not assumed after %s, which may pass',
    async (name) => {
      const { detector, aws, kept } = harness();
      aws.fault = (call) => (call === 'PutItem' ? refusal(name, 'not now') : undefined);
      const { batchItemFailures } = await detector(batch([record([reading('10:00:00', HOT)])]));
      expect([batchItemFailures.length, kept]).toEqual([1, []]);
    },
  );
});

describe('a message that SNS will never take', () => {
  it('is kept with its alerts, counted, and not tried again; the others are sent', async () => {
    const { detector, aws, kept, metric } = harness();
    const invalid = refusal('InvalidParameterException', 'Invalid parameter: Subject');
    aws.fault = (call, input) => (call === 'Publish' && isAbout(input, 'sick') ? invalid : undefined);
    const records = [record([reading('10:00:00', { ...HOT, device_id: 'sick' }), reading('10:00:01', HOT)])];
    expect(await detector(batch(records))).toEqual(DONE);
    expect(told(aws)).toEqual(['firing site-a pump-1']);
    expect([metric('ReadingsSetAside'), metric('NotificationFailures')]).toEqual([[1], [1]]);
    expect(kept[0]?.key).toMatch(/^set-aside\/alerts\/[0-9a-f]+\.json$/);
    expect(JSON.parse(kept[0]?.body ?? '')).toMatchObject({
      reason: 'InvalidParameterException: Invalid parameter: Subject',
      alerts: [{ device_id: 'sick', status: 'firing' }],
    });
    const publishes = aws.calls.Publish;
    expect(await detector(batch([record([reading('10:00:05', { device_id: 'pump-3' })])]))).toEqual(DONE);
    expect(aws.calls.Publish).toBe(publishes);
  });
});
