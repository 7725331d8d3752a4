/** What a shard takes and gives in a second, on a server that keeps AWS' limits. */
import { base64 } from './caller.ts';
import { type Case, equal, FIRST_SHARD, HIGHEST_HASH, type Page, type PutMany, yes } from './context.ts';

const exceeded = (stream: string) =>
  new RegExp(`^Rate exceeded for shard ${FIRST_SHARD} in stream ${stream} under account \\d{12}\\.$`);
const CODE = 'ProvisionedThroughputExceededException';

export const LIMITS: Case[] = [
  {
    name: 'PutRecords: a shard takes 1 MB a second, and the others go on',
    throttled: true,
    async run({ stream, call }) {
      const StreamName = await stream(2);
      const Data = base64(Buffer.alloc(200_000));
      const to = (ExplicitHashKey: string) => ({ PartitionKey: 'k', ExplicitHashKey, Data });
      const Records = [...Array.from({ length: 9 }, () => to('0')), to(HIGHEST_HASH)];
      const answer = await call<PutMany>('PutRecords', { StreamName, Records });
      const failed = answer.Records.filter(({ ErrorCode }) => ErrorCode);
      yes(failed.length >= 3 && failed.length <= 5, `${failed.length} failed`);
      equal(answer.FailedRecordCount, failed.length);
      equal(answer.Records.at(-1)?.ErrorCode, undefined);
      for (const { ErrorCode, ErrorMessage } of failed) {
        equal(ErrorCode, CODE);
        yes(exceeded(StreamName).test(ErrorMessage ?? ''), ErrorMessage);
      }
    },
  },
  {
    name: 'PutRecords: a shard takes 1,000 records a second',
    throttled: true,
    async run({ stream, call }) {
      const StreamName = await stream();
      const Records = Array.from({ length: 500 }, () => ({ PartitionKey: 'k', Data: base64('x') }));
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => call<PutMany>('PutRecords', { StreamName, Records })),
      );
      const failed = answers.reduce((sum, { FailedRecordCount }) => sum + FailedRecordCount, 0);
      yes(failed > 0 && failed <= 3_000, `${failed} failed`);
    },
  },
  {
    name: 'PutRecord: refused whole, and taken a moment later',
    throttled: true,
    async run({ stream, put, refused, until }) {
      const name = await stream();
      const big = 'x'.repeat(700_000);
      await refused(Promise.all([1, 2, 3, 4].map(() => put(name, big))), CODE, exceeded(name));
      await until('room again', () =>
        put(name, big).then(
          () => true,
          () => false,
        ),
      );
    },
  },
  {
    name: 'GetRecords: five calls a second',
    throttled: true,
    async run({ stream, call, iterator, refused }) {
      const name = await stream();
      const ShardIterator = await iterator(name, 'LATEST');
      const calls = Promise.all(Array.from({ length: 20 }, () => call('GetRecords', { ShardIterator })));
      await refused(calls, CODE, exceeded(name));
    },
  },
  {
    name: 'GetRecords: 2 MB a second; after more than that, the shard waits',
    throttled: true,
    async run({ stream, call, iterator, refused, put, until }) {
      const name = await stream();
      const big = 'x'.repeat(900_000);
      for (let i = 0; i < 3; i += 1) {
        await until('room', () =>
          put(name, big).then(
            () => true,
            () => false,
          ),
        );
      }
      const page = await call<Page>('GetRecords', { ShardIterator: await iterator(name, 'TRIM_HORIZON') });
      equal(page.Records.length, 3);
      await refused(call('GetRecords', { ShardIterator: page.NextShardIterator }), CODE, exceeded(name));
    },
  },
];
