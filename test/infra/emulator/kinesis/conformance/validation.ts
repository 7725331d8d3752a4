/** How AWS words what is wrong with a request, by the constraints in the API model. */
import { base64 } from './caller.ts';
import { type Case, FIRST_SHARD } from './context.ts';

/** One constraint that is broken, and all that AWS says. */
const WORDS: readonly [operation: string, input: object, path: string, value: string, constraint: string][] =
  [
    [
      'PutRecords',
      { Records: [], StreamName: 's' },
      'records',
      "'[]'",
      'have length greater than or equal to 1',
    ],
    [
      'PutRecord',
      { StreamName: 'a b', PartitionKey: 'k', Data: '' },
      'streamName',
      "'a b'",
      'satisfy regular expression pattern: [a-zA-Z0-9_.-]+',
    ],
    ['GetRecords', {}, 'shardIterator', 'null', 'not be null'],
    [
      'GetRecords',
      { ShardIterator: 'x', Limit: 10_001 },
      'limit',
      "'10001'",
      'have value less than or equal to 10000',
    ],
    ['GetRecords', { ShardIterator: 'x', Limit: 0 }, 'limit', "'0'", 'have value greater than or equal to 1'],
    [
      'GetShardIterator',
      { StreamName: 's', ShardId: 'a b', ShardIteratorType: 'LATEST' },
      'shardId',
      "'a b'",
      'satisfy regular expression pattern: [a-zA-Z0-9_.-]+',
    ],
    ['GetShardIterator', { StreamName: 's', ShardIteratorType: 'LATEST' }, 'shardId', 'null', 'not be null'],
    [
      'PutRecord',
      { StreamName: 's', PartitionKey: 'k', Data: '', ExplicitHashKey: '-1' },
      'explicitHashKey',
      "'-1'",
      'satisfy regular expression pattern: 0|([1-9]\\d{0,38})',
    ],
    ['PutRecord', { StreamName: 's', Data: '' }, 'partitionKey', 'null', 'not be null'],
    ['PutRecord', { StreamName: 's', PartitionKey: 'k' }, 'data', 'null', 'not be null'],
    [
      'PutRecords',
      { StreamName: 's', Records: [{ PartitionKey: 'k' }] },
      'records.1.member.data',
      'null',
      'not be null',
    ],
    ['SplitShard', { StreamName: 's', ShardToSplit: 'x' }, 'newStartingHashKey', 'null', 'not be null'],
    ['MergeShards', { StreamName: 's', ShardToMerge: 'x' }, 'adjacentShardToMerge', 'null', 'not be null'],
    ['ListStreams', { Limit: 0 }, 'limit', "'0'", 'have value greater than or equal to 1'],
    [
      'ListShards',
      { StreamName: 's', MaxResults: 10_001 },
      'maxResults',
      "'10001'",
      'have value less than or equal to 10000',
    ],
    ['IncreaseStreamRetentionPeriod', { StreamName: 's' }, 'retentionPeriodHours', 'null', 'not be null'],
    [
      'UpdateShardCount',
      { StreamName: 's', TargetShardCount: 0, ScalingType: 'UNIFORM_SCALING' },
      'targetShardCount',
      "'0'",
      'have value greater than or equal to 1',
    ],
    [
      'UpdateShardCount',
      { StreamName: 's', TargetShardCount: 1, ScalingType: 'x' },
      'scalingType',
      "'x'",
      'satisfy enum value set: [UNIFORM_SCALING]',
    ],
    ['RegisterStreamConsumer', { ConsumerName: 'c' }, 'streamARN', 'null', 'not be null'],
  ];

const sentence = (path: string, value: string, constraint: string) =>
  `1 validation error detected: Value ${value} at '${path}' failed to satisfy constraint: Member must ${constraint}`;

const WRONG_TYPES: readonly [operation: string, input: object, says: string][] = [
  [
    'PutRecord',
    { StreamName: 1, PartitionKey: 'k', Data: '' },
    'class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String',
  ],
  [
    'GetRecords',
    { ShardIterator: 'x', Limit: '5' },
    'class java.lang.String can not be converted to an Integer',
  ],
  ['PutRecords', { StreamName: 's', Records: 'x' }, 'Expected list or null'],
  ['PutRecord', { StreamName: 's', PartitionKey: ['k'], Data: '' }, 'Start of list found where not expected'],
  ['AddTagsToStream', { StreamName: 's', Tags: 'x' }, 'Expected map or null'],
];

export const VALIDATION: Case[] = [
  ...WORDS.map(
    ([operation, input, path, value, constraint]): Case => ({
      name: `${operation}: ${path} must ${constraint}`,
      run: ({ call, refused }) =>
        refused(call(operation, input), 'ValidationException', sentence(path, value, constraint)),
    }),
  ),
  ...WRONG_TYPES.map(
    ([operation, input, says]): Case => ({
      name: `${operation}: ${says}`,
      run: ({ call, refused }) => refused(call(operation, input), 'SerializationException', says),
    }),
  ),
  {
    name: 'all broken constraints are named and counted together',
    run: ({ call, refused }) =>
      refused(
        call('GetShardIterator', { StreamName: 'a b', ShardId: 'c d', ShardIteratorType: 'x' }),
        'ValidationException',
        /^3 validation errors detected: (?=.*at 'streamName')(?=.*at 'shardId').*at 'shardIteratorType' failed/,
      ),
  },
  {
    name: 'a partition key of more than 256 characters is refused',
    run: ({ call, refused }) =>
      refused(
        call('PutRecord', { StreamName: 's', PartitionKey: 'k'.repeat(257), Data: '' }),
        'ValidationException',
        sentence('partitionKey', `'${'k'.repeat(257)}'`, 'have length less than or equal to 256'),
      ),
  },
  {
    name: 'more than 500 records are refused',
    run: ({ call, refused }) => {
      const Records = Array.from({ length: 501 }, () => ({ PartitionKey: 'k', Data: '' }));
      return refused(
        call('PutRecords', { StreamName: 's', Records }),
        'ValidationException',
        /at 'records' failed to satisfy constraint: Member must have length less than or equal to 500$/,
      );
    },
  },
  {
    name: 'a record larger than the stream takes is refused',
    async run({ call, stream, refused }) {
      const StreamName = await stream();
      const Data = base64(Buffer.alloc(1024 * 1024 + 1));
      await refused(call('PutRecord', { StreamName, PartitionKey: 'k', Data }), 'ValidationException');
    },
  },
  {
    name: 'data that is not base64 is refused',
    run: ({ call, refused }) =>
      refused(
        call('PutRecord', { StreamName: 's', PartitionKey: 'k', Data: 'abc' }),
        'SerializationException',
        /abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3$/,
      ),
  },
  {
    name: 'a stream that is not there is not found',
    async run({ call, refused, stream, put }) {
      await stream();
      await refused(
        call('DescribeStream', { StreamName: 'nobody' }),
        'ResourceNotFoundException',
        /^Stream nobody under account \d{12} not found\.?$/,
      );
      await refused(put('nobody', 'x'), 'ResourceNotFoundException');
    },
  },
  {
    name: 'a stream that is there cannot be created again',
    async run({ call, refused, stream }) {
      const StreamName = await stream();
      await refused(
        call('CreateStream', { StreamName, ShardCount: 1 }),
        'ResourceInUseException',
        new RegExp(`^Stream ${StreamName} under account \\d{12} already exists\\.?$`),
      );
    },
  },
  {
    name: 'an operation that does not exist is unknown',
    run: ({ call, refused }) => refused(call('TurnBackTime', {}), 'UnknownOperationException'),
  },
  {
    name: 'a request must name a stream, by name or ARN',
    run: ({ call, refused }) =>
      refused(call('PutRecord', { PartitionKey: 'k', Data: base64('x') }), 'InvalidArgumentException'),
  },
  {
    name: 'an explicit hash key above 2^128 - 1 is refused',
    async run({ refused, put, stream }) {
      const high = (2n ** 128n).toString();
      await refused(
        put(await stream(), 'x', { ExplicitHashKey: high }),
        'InvalidArgumentException',
        `Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was ${high}`,
      );
    },
  },
  {
    name: 'a shard that is not there is not found',
    async run({ call, refused, stream }) {
      const StreamName = await stream();
      const ask = (ShardId: string) =>
        call('GetShardIterator', { StreamName, ShardId, ShardIteratorType: 'LATEST' });
      await refused(
        ask('shardId-000000000007'),
        'ResourceNotFoundException',
        new RegExp(
          `^Shard shardId-000000000007 in stream ${StreamName} under account \\d{12} does not exist$`,
        ),
      );
      await refused(
        ask('nonsense'),
        'ResourceNotFoundException',
        new RegExp(`^Could not find shard nonsense in stream ${StreamName} under account \\d{12}\\.$`),
      );
      await ask(FIRST_SHARD);
    },
  },
];
