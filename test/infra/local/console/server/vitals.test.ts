import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../../../../infra/emulator/base/events.ts';
import type { AwsRequest } from '../../../../../infra/emulator/wire/aws-request.ts';
import { type VitalsWatch, watchVitals } from '../../../../../infra/local/console/server/vitals.ts';
import { VirtualClock } from '../../../../support/virtual-clock.ts';

let clock: VirtualClock;
let bus: EventBus;
let vitals: VitalsWatch;
beforeEach(() => {
  clock = new VirtualClock();
  bus = new EventBus();
  vitals = watchVitals(bus, clock);
});

const call = (operation: string, statusCode: number, next = async () => {}) =>
  vitals.intercept({ service: 'sns', operation } as AwsRequest, { statusCode } as ServerResponse, next);

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
    await clock.advance(15_000);
    expect(vitals.now().refused).toEqual({});
  });

  it('know the last run of the function, and why runs failed lately', async () => {
    const run = { type: 'invocation', functionName: 'f', records: 3, durationMs: 7 } as const;
    bus.publish({ ...run, outcome: 'error', error: 'Runtime.ExitError' });
    await clock.advance(1_000);
    bus.publish({ ...run, outcome: 'ok' });
    expect(vitals.now()).toMatchObject({
      ...{ failedInvocations: 1, failure: 'Runtime.ExitError' },
      invocation: { records: 3, durationMs: 7, outcome: 'ok', at: clock.now() },
    });
    await clock.advance(15_000);
    expect(vitals.now()).toMatchObject({ failedInvocations: 0, failure: undefined });
  });

  it('show a failure no longer when the wall clock is set back', async () => {
    await call('Publish', 503);
    clock.stepWall(-3_600_000);
    await clock.advance(15_000);
    expect(vitals.now().refused).toEqual({});
  });
});
