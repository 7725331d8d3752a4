/** Enhanced fan-out: what a registered consumer is pushed. */
import { type Case, type Context, equal, FIRST_SHARD, HALF_HASH } from './context.ts';
import { type PushedEvent, subscribe } from './event-stream.ts';

async function register({ call, stream, arnOf, until }: Context) {
  const name = await stream();
  const StreamARN = arnOf(name);
  const { Consumer } = await call<{ Consumer: { ConsumerARN: string } }>('RegisterStreamConsumer', {
    ...{ StreamARN, ConsumerName: 'fan' },
  });
  const { ConsumerARN } = Consumer;
  await until('an ACTIVE consumer', async () => {
    const { ConsumerDescription } = await call<{ ConsumerDescription: { ConsumerStatus: string } }>(
      ...(['DescribeStreamConsumer', { ConsumerARN }] as const),
    );
    return ConsumerDescription.ConsumerStatus === 'ACTIVE';
  });
  return { name, ConsumerARN };
}

const input = (ConsumerARN: string, StartingPosition: object) => ({
  ...{ ConsumerARN, ShardId: FIRST_SHARD, StartingPosition },
});

/** Texts that are pushed, until there are so many. */
async function texts(events: AsyncIterable<PushedEvent>, count: number): Promise<string[]> {
  const found: string[] = [];
  for await (const { Records } of events) {
    found.push(...Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()));
    if (found.length >= count) break;
  }
  return found;
}

export const SUBSCRIPTION: Case[] = [
  {
    name: 'what is there is pushed, and then what comes',
    async run(context) {
      const { name, ConsumerARN } = await register(context);
      await context.put(name, 'a');
      const { events } = await subscribe(context.endpoint, input(ConsumerARN, { Type: 'TRIM_HORIZON' }));
      const pushed = texts(events, 2);
      await context.put(name, 'b');
      equal(await pushed, ['a', 'b']);
    },
  },
  {
    name: 'from a sequence number on; the continuation leads to what is next',
    async run(context) {
      const { name, ConsumerARN } = await register(context);
      const { SequenceNumber } = await context.put(name, 'a');
      const last = await context.put(name, 'b');
      const after = { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber };
      const { events } = await subscribe(context.endpoint, input(ConsumerARN, after));
      for await (const { Records, ContinuationSequenceNumber } of events) {
        if (Records.length === 0) continue;
        equal(
          Records.map(({ Data }) => Buffer.from(Data, 'base64').toString()),
          ['b'],
        );
        const StartingSequenceNumber = ContinuationSequenceNumber;
        const next = await context.iterator(name, 'AFTER_SEQUENCE_NUMBER', { StartingSequenceNumber });
        equal(await context.read(next), []);
        equal(BigInt(ContinuationSequenceNumber) >= BigInt(last.SequenceNumber), true);
        break;
      }
    },
  },
  {
    name: 'a second subscription within five seconds is refused',
    async run(context) {
      const { ConsumerARN } = await register(context);
      const latest = input(ConsumerARN, { Type: 'LATEST' });
      const { close } = await subscribe(context.endpoint, latest);
      await context.refused(context.call('SubscribeToShard', latest), 'ResourceInUseException');
      close();
    },
  },
  {
    name: 'at the end of a shard the children are named, and the subscription ends',
    async run(context) {
      const { name: StreamName, ConsumerARN } = await register(context);
      const { events } = await subscribe(context.endpoint, input(ConsumerARN, { Type: 'LATEST' }));
      const split = { StreamName, ShardToSplit: FIRST_SHARD, NewStartingHashKey: HALF_HASH };
      await context.call('SplitShard', split);
      let children: string[] = [];
      for await (const { ChildShards = [] } of events) {
        if (ChildShards.length > 0) children = ChildShards.map(({ ShardId }) => ShardId);
      }
      equal(children, ['shardId-000000000001', 'shardId-000000000002']);
    },
  },
];
