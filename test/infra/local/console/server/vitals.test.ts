import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../../../../infra/emulator/base/events.ts';
import { AwsError } from '../../../../../infra/emulator/wire/aws-error.ts';
import type { AwsRequest } from '../../../../../infra/emulator/wire/aws-request.ts';
import type { AwsService } from '../../../../../infra/emulator/wire/gateway.ts';
import { type VitalsWatch, watchVitals } from '../../../../../infra/local/console/server/vitals.ts';

let now: number;
let wallClock: number;
let faults: { on: string }[];
let bus: EventBus;
let vitals: VitalsWatch;
beforeEach(() => {
  now = 1_000_000;
  wallClock = 1_700_000_000_000;
  faults = [];
  bus = new EventBus();
  vitals = watchVitals(bus, { now: () => wallClock, elapsed: () => now }, { list: () => faults });
});

const call = (operation: string, statusCode: number, next: AwsService = async () => {}) =>
  vitals.intercept(
    { service: 'sns', operation } as AwsRequest,
    { statusCode, end() {} } as unknown as ServerResponse,
    next,
  );

describe('vitals', () => {
  it('count calls that were refused or cut off in the last seconds', async () => {
    await call('Publish', 200);
    await call('Publish', 503);
    await call('DescribeTable', 400);
    const cut = async () => {
      throw new Error('reset');
    };
    await expect(call('Publish', 200, cut)).rejects.toThrow('reset');
    expect(vitals.now().refused).toEqual({ sns: 2 });
    now += 15_000;
    expect(vitals.now().refused).toEqual({});
  });

  it('know the last run of the function, and why runs failed lately', () => {
    const run = { type: 'invocation', functionName: 'f', records: 3, durationMs: 7 } as const;
    bus.publish({ ...run, outcome: 'error', error: 'Runtime.ExitError' });
    now += 1_000;
    bus.publish({ ...run, outcome: 'ok' });
    expect(vitals.now()).toMatchObject({
      ...{ failedInvocations: 1, failure: 'Runtime.ExitError' },
      invocation: { records: 3, durationMs: 7, outcome: 'ok', at: wallClock, agoMs: 0 },
    });
    now += 15_000;
    expect(vitals.now()).toMatchObject({ failedInvocations: 0, failure: undefined });
  });

  it('name what was refused, in the words of AWS, and whether it was broken on purpose', async () => {
    const throttled = async () => {
      throw new AwsError('Throttling', 'Rate exceeded');
    };
    await call('Publish', 503);
    faults = [{ on: 'sns.*' }];
    for (let i = 0; i < 24; i += 1) await call('Publish', 200, throttled).catch(() => {});
    faults = [];
    expect(vitals.now().refusals).toEqual([
      { operation: 'sns.Publish', code: 'Throttling', onPurpose: true, count: 24 },
      { operation: 'sns.Publish', code: undefined, onPurpose: false, count: 1 },
    ]);
  });

  it('find the code in what a service writes, and count no answer that was asked for', async () => {
    const write =
      (code: string): AwsService =>
      async (_, response) => {
        response.statusCode = 400;
        response.end(`{"__type":"com.amazonaws.dynamodb.v20120810#${code}","message":"no"}`);
      };
    await call('PutItem', 200, write('ConditionalCheckFailedException'));
    expect(vitals.now().refusals).toEqual([]);
    await call('PutItem', 200, write('ValidationException'));
    expect(vitals.now().refusals).toMatchObject([{ operation: 'sns.PutItem', code: 'ValidationException' }]);
  });

  it('say in plain words that a part of a batch failed', () => {
    const error = 'The function reported a failure from 49680557012201868073579244812988385244211 on';
    bus.publish({
      type: 'invocation',
      functionName: 'f',
      records: 3,
      durationMs: 7,
      outcome: 'partial',
      error,
    });
    expect(vitals.now().failure).toBe('Part of a batch failed and is tried again');
  });

  it('know that a delivery stream cannot write, until it can', () => {
    bus.publish({ type: 'notice', level: 'error', text: 'Something else' });
    expect(vitals.now().writeFailure).toBeUndefined();
    const text = 'Readings: Writing objects failed (attempt 1): ENOSPC: no space left on device';
    bus.publish({ type: 'notice', level: 'error', text, deliveryStream: 'Readings' });
    expect(vitals.now().writeFailure).toBe(text);
    bus.publish({ type: 'delivery', deliveryStream: 'Readings', objects: [] });
    expect(vitals.now().writeFailure).toBeUndefined();
  });

  it('measure elapsed time, whatever the wall clock does', async () => {
    bus.publish({ type: 'mail', to: 'me', subject: 'x' });
    bus.publish({ type: 'delivery', deliveryStream: 'Readings', objects: [] });
    bus.publish({ type: 'invocation', functionName: 'f', records: 3, durationMs: 7, outcome: 'ok' });
    await call('Publish', 503);
    wallClock -= 3_600_000;
    now += 5_000;
    expect(vitals.now()).toMatchObject({
      ...{ mailedAgoMs: 5_000, deliveredAgoMs: 5_000, invocation: { agoMs: 5_000 }, refused: { sns: 1 } },
    });
    wallClock += 7_200_000;
    expect(vitals.now().refused).toEqual({ sns: 1 });
  });
});
