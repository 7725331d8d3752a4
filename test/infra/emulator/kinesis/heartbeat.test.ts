import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import type { Events } from '../../../../infra/emulator/kinesis/api/event-source.ts';
import { Subscriptions } from '../../../../infra/emulator/kinesis/api/subscriptions.ts';
import { openKinesis } from '../../../../infra/emulator/kinesis/kinesis.ts';
import { OPERATIONS } from '../../../../infra/emulator/kinesis/operations.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

/** As timers of Node.js do now and then. */
class EarlyClock extends VirtualClock {
  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(ms - 0.5, signal);
  }
}

it('a subscription says every five seconds that nothing has come, also by timers that go off early', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'heartbeat-'));
  const clock = new EarlyClock();
  const kinesis = await openKinesis({ folder, clock, bus: new EventBus(), isLimited: false });
  onTestFinished(async () => {
    await kinesis.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const { streams } = kinesis;
  const context = { streams, subscriptions: new Subscriptions(), isOwnReader: false };
  const call = async (operation: string, input: object) =>
    OPERATIONS[operation]?.(input, { ...context, whyFull: () => undefined, onPut: () => undefined });
  await call('CreateStream', { StreamName: 'quiet', ShardCount: 1 });
  const StreamARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/quiet';
  const registered = await call('RegisterStreamConsumer', { StreamARN, ConsumerName: 'fan' });
  const { ConsumerARN } = (registered as { Consumer: { ConsumerARN: string } }).Consumer;
  const events = (await call('SubscribeToShard', {
    ...{ ConsumerARN, ShardId: 'shardId-000000000000' },
    StartingPosition: { Type: 'LATEST' },
  })) as Events;
  let pushed = 0;
  const read = (async () => {
    for await (const _ of events.all()) pushed += 1;
  })();
  await clock.advance(20_500);
  expect(pushed).toBe(1 + 4);
  events.end();
  await read;
});
