import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { batch, reading, record, recordsOf } from './support/batch.ts';
import type { Fault } from './support/fake-aws.ts';
import { harness, published } from './support/harness.ts';

const HOT = { temperature: 91 };
const atSite = (site_id: string) => [reading('10:00:00', { ...HOT, site_id })];
const told = (aws: Parameters<typeof published>[0]) =>
  published(aws).map(({ status, site_id }) => `${status} ${site_id}`);
const from = (one: ReturnType<typeof record> | undefined) => ({
  batchItemFailures: [{ itemIdentifier: one?.kinesis.sequenceNumber }],
});
const siteOf = (input: unknown) => JSON.stringify(input).match(/site-[a-z]/)?.[0];

describe('a call that AWS refuses', () => {
  it('makes Lambda start again from the first record of the site, and leaves only that site undone', async () => {
    const { detector, aws } = harness();
    const records = [record(atSite('site-a')), record(atSite('site-b')), record(atSite('site-c'))];
    aws.fault = (call, input) => (call === 'Query' && siteOf(input) === 'site-b' ? 'before' : undefined);
    expect(await detector(batch(records))).toEqual(from(records[1]));
    expect(told(aws).toSorted()).toEqual(['firing site-a', 'firing site-c']);

    aws.fault = () => undefined;
    expect(await detector(batch(records.slice(1)))).toEqual({ batchItemFailures: [] });
    expect(told(aws).toSorted()).toEqual(['firing site-a', 'firing site-b', 'firing site-c']);
  });

  it('names the lowest record when several sites fail', async () => {
    const { detector, aws } = harness();
    const records = ['site-a', 'site-b', 'site-c'].map((site) => record(atSite(site)));
    aws.fault = (_, input) => (siteOf(input) === 'site-a' ? undefined : 'before');
    expect(await detector(batch(records))).toEqual(from(records[1]));
  });

  it.each(['Query', 'PutItem', 'Publish'] as const)('is logged and not swallowed: %s', async (call) => {
    const { detector, aws, logs } = harness();
    const records = [record([reading('09:59:00', { site_id: 'site-z' })]), record(atSite('site-a'))];
    aws.fault = (name, input) => (name === call && siteOf(input) !== 'site-z' ? 'before' : undefined);
    expect(await detector(batch(records))).toEqual(from(records[1]));
    const errors = logs.filter(({ level }) => level === 'ERROR');
    expect(JSON.stringify(errors)).toContain(`${call} refused`);
  });

  it('for one device of a site leaves the other counted once, and the retry reports both', async () => {
    const { detector, aws, metric } = harness();
    const records = [
      record(
        ['pump-1', 'pump-2'].map((device_id) =>
          reading('10:00:00', { ...HOT, device_id, site_id: 'site-a' }),
        ),
      ),
    ];
    aws.fault = (call, input) =>
      call === 'PutItem' && JSON.stringify(input).includes('pump-2') ? 'before' : undefined;
    expect(await detector(batch(records))).toEqual(from(records[0]));
    expect([metric('IncidentsOpened'), told(aws)]).toEqual([[1], []]);
    aws.fault = () => undefined;
    await detector(batch(records));
    expect(metric('IncidentsOpened')).toEqual([1, 1]);
    expect(told(aws)).toEqual(['firing site-a', 'firing site-a']);
  });

  it('of an answer alone, after which the SDK repeats the write, leaves each transition counted', async () => {
    const { detector, aws, metric } = harness();
    const repeated = new Set<unknown>();
    aws.fault = async (call, input): Promise<Fault> => {
      if (call !== 'PutItem' || repeated.has(input)) return undefined;
      repeated.add(input);
      await aws.dynamo.send(new PutItemCommand(input as PutItemCommand['input']));
      return undefined;
    };
    await detector(batch([record(atSite('site-a'))]));
    await detector(batch([record([reading('10:00:10', { site_id: 'site-a' })])]));
    expect(told(aws)).toEqual(['firing site-a', 'resolved site-a']);
    expect([metric('IncidentsOpened'), metric('IncidentsResolved')]).toEqual([[1], [1]]);
  });

  it('is logged in a few lines even if it hits a hundred sites', async () => {
    const { detector, aws, logs } = harness();
    aws.fault = () => 'before';
    const sites = Array.from({ length: 100 }, (_, i) => reading('10:00:00', { site_id: `site-${i}` }));
    await detector(batch(recordsOf(sites)));
    expect(logs).toHaveLength(1);
    expect(JSON.stringify(logs).length).toBeLessThan(3000);
    expect(logs[0]).toMatchObject({ count: 100 });
  });
});

describe('a crash between deciding and publishing', () => {
  it('before the publish: the retry sends the alert', async () => {
    const { detector, aws, metric } = harness();
    const records = [record(atSite('site-a'))];
    aws.fault = (call) => (call === 'Publish' ? 'before' : undefined);
    expect(await detector(batch(records))).toEqual(from(records[0]));
    expect(told(aws)).toEqual([]);
    expect(metric('NotificationFailures')).toEqual([1]);
    aws.fault = () => undefined;
    expect(await detector(batch(records))).toEqual({ batchItemFailures: [] });
    expect(told(aws)).toEqual(['firing site-a']);
  });

  it('after the publish: sent at most twice, with the same notification id', async () => {
    const { detector, aws } = harness();
    const records = [record(atSite('site-a'))];
    let published1 = false;
    aws.fault = (call): Fault => {
      if (call === 'Publish') published1 = true;
      return call === 'PutItem' && published1 ? 'before' : undefined;
    };
    expect(await detector(batch(records))).toEqual(from(records[0]));
    aws.fault = () => undefined;
    // Another environment, which knows only what is in the table.
    const { detector: next } = harness(undefined, aws);
    await next(batch(records));
    await next(batch(records));
    const ids = published(aws).map(({ notification_id }) => notification_id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('a mark that DynamoDB refuses is repeated, and the same environment sends nothing again', async () => {
    const { detector, aws } = harness();
    const records = [record(atSite('site-a'))];
    aws.fault = (call): Fault => (call === 'PutItem' && aws.calls.Publish > 0 ? 'before' : undefined);
    for (let i = 0; i < 3; i += 1) expect(await detector(batch(records))).toEqual(from(records[0]));
    aws.fault = () => undefined;
    expect(await detector(batch(records))).toEqual({ batchItemFailures: [] });
    expect(told(aws)).toEqual(['firing site-a']);

    // It is marked now: another environment does not send it again, but does send the incident's end.
    await harness(undefined, aws).detector(batch(records));
    await detector(batch([record([reading('10:00:10', { site_id: 'site-a' })])]));
    expect(told(aws)).toEqual(['firing site-a', 'resolved site-a']);
  });

  it('that Lambda gave up on: the next batch of the site sends it, even one of another device', async () => {
    const { detector, aws } = harness();
    aws.fault = (call) => (call === 'Publish' ? 'before' : undefined);
    for (const time of ['10:00:00', '10:00:10']) await detector(batch([record([reading(time, HOT)])]));
    await detector(batch([record([reading('10:00:20')])]));
    aws.fault = () => undefined;
    await detector(batch([record([reading('10:00:30', { device_id: 'pump-2' })])]));
    expect(published(aws).map(({ status, at }) => `${status} ${at.slice(11, 19)}`)).toEqual([
      'firing 10:00:00',
      'resolved 10:00:20',
    ]);
    await detector(batch([record([reading('10:00:40', { device_id: 'pump-2' })])]));
    expect(published(aws)).toHaveLength(2);
  });

  it('an unsent alert never expires', async () => {
    const { detector, aws } = harness();
    aws.fault = (call) => (call === 'Publish' ? 'before' : undefined);
    await detector(batch([record([reading('10:00:00', HOT), reading('10:00:05')])]));
    const item = aws.items.get('site-a/pump-1#hot');
    expect(item).toMatchObject({
      state: { S: 'normal' },
      outbox: { S: expect.stringContaining('resolved') },
    });
    expect(item?.expires_at).toBeUndefined();
  });
});

describe('a call that hangs', () => {
  it('is given up before the function times out, and reported', async () => {
    const { detector, aws } = harness();
    const records = [record(atSite('site-a'))];
    const send = aws.dynamo.send.bind(aws.dynamo);
    // As in the SDK, the signal aborts a request in flight.
    aws.dynamo.send = ((_: never, { abortSignal }: { abortSignal: AbortSignal }) =>
      new Promise((_, reject) => {
        abortSignal.addEventListener('abort', () => reject(new Error('Request aborted')));
      })) as never;
    expect(await detector(batch(records), { getRemainingTimeInMillis: () => 1020 })).toEqual(
      from(records[0]),
    );
    aws.dynamo.send = send as never;
    expect(await detector(batch(records), { getRemainingTimeInMillis: () => 30_000 })).toEqual({
      batchItemFailures: [],
    });
    expect(told(aws)).toEqual(['firing site-a']);
  });
});
