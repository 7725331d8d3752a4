/** Alarms of a template over metrics that programs and services send, by the clients that people have. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
  paginateDescribeAlarms,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { cbor, dateToTag } from '@smithy/core/cbor';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { RuntimeEvent } from '../../../../infra/emulator/base/events.ts';
import { cloudwatch } from '../../../../infra/emulator/cloudwatch/service.ts';
import { mailbox } from '../../../../infra/emulator/mailbox/service.ts';
import { clientOptions } from '../../../../infra/emulator/stack/client-options.ts';
import { hurriedClock } from '../../../support/virtual-clock.ts';
import { emulate } from '../support/emulate.ts';

const run = promisify(execFile);
const MINUTE_MS = 60_000;
/** A full minute; the clock begins a little later. */
const START_MS = Date.UTC(2026, 0, 31, 9, 30);
const LATER_MS = 5_000;

/** The system's clock for sockets and mails, and a wall clock whose minutes pass when a test says so. */
function testClock() {
  let nowMs = START_MS + LATER_MS;
  let due: (() => void)[] = [];
  return {
    clock: {
      ...hurriedClock,
      now: () => nowMs,
      after(ms: number, callback: () => void) {
        if (ms < MINUTE_MS / 2) return hurriedClock.after(ms, callback);
        due.push(callback);
        const cancel = () => {
          due = due.filter((one) => one !== callback);
        };
        return { cancel, unref() {} };
      },
    },
    minute() {
      nowMs += MINUTE_MS;
      const now = due;
      due = [];
      for (const callback of now) callback();
    },
  };
}

const RESOURCES = {
  OnCall: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'on-call' } },
  Person: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: { Ref: 'OnCall' }, Protocol: 'email', Endpoint: 'me@example.com' },
  },
  Waiting: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'waiting' } },
  Changes: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'changes' } },
  MaySend: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [{ Ref: 'Changes' }],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: {
          ...{ Effect: 'Allow', Principal: { Service: 'events.amazonaws.com' }, Action: 'sqs:SendMessage' },
          Resource: { 'Fn::GetAtt': ['Changes', 'Arn'] },
        },
      },
    },
  },
  OnChange: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        source: ['aws.cloudwatch'],
        detail: { alarmName: [{ prefix: 'shop-' }], state: { value: ['ALARM'] } },
      },
      Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['Changes', 'Arn'] } }],
    },
  },
  Left: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: 'shop-orders-left',
      AlarmDescription: 'Somebody waits. Runbook: docs/shop.md',
      ...{ Namespace: 'AWS/SQS', MetricName: 'ApproximateNumberOfMessagesVisible', Statistic: 'Maximum' },
      Dimensions: [{ Name: 'QueueName', Value: { 'Fn::GetAtt': ['Waiting', 'QueueName'] } }],
      ...{ ComparisonOperator: 'GreaterThanThreshold', Threshold: 0, Period: 60, EvaluationPeriods: 1 },
      ...{
        TreatMissingData: 'notBreaching',
        AlarmActions: [{ Ref: 'OnCall' }],
        OKActions: [{ Ref: 'OnCall' }],
      },
    },
  },
  Refused: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: 'shop-refused',
      Metrics: [
        { Id: 'share', Expression: '100 * refused / (refused + taken)', Label: 'Refused, %' },
        ...['refused', 'taken'].map((Id) => ({
          ...{ Id, ReturnData: false },
          MetricStat: { Metric: { Namespace: 'Shop', MetricName: Id }, Period: 60, Stat: 'Sum' },
        })),
      ],
      ...{ ComparisonOperator: 'GreaterThanThreshold', Threshold: 5, EvaluationPeriods: 1 },
      AlarmActions: [{ Ref: 'OnCall' }],
    },
  },
  Deaf: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      ...{ AlarmName: 'shop-deaf', Namespace: 'AWS/EC2', MetricName: 'CPUUtilization', Statistic: 'Average' },
      ...{ ComparisonOperator: 'GreaterThanThreshold', Threshold: 90, Period: 60, EvaluationPeriods: 1 },
    },
  },
};

async function open() {
  const { clock, minute } = testClock();
  const emulator = await emulate({ Resources: RESOURCES }, {}, { clock });
  const client = new CloudWatchClient(clientOptions(emulator.endpoint));
  onTestFinished(() => client.destroy());
  const told: RuntimeEvent[] = [];
  emulator.bus.on('event', (event) => event.type === 'alarm' && told.push(event));
  const states = () =>
    Object.fromEntries(
      emulator
        .of(cloudwatch)
        .alarms()
        .map(({ alarm, state }) => [alarm.name, state]),
    );
  return { ...emulator, client, minute, told, states };
}

describe('alarms', () => {
  it('ring for what a service measures, tell the topic and the rules, and are quiet again', async () => {
    const { call, bus, of, minute, told, states } = await open();
    minute();
    // Healthy from the beginning, so nobody is told.
    expect(states()).toEqual({
      'shop-orders-left': 'OK',
      'shop-refused': 'INSUFFICIENT_DATA',
      'shop-deaf': 'INSUFFICIENT_DATA',
    });
    expect(told).toEqual([]);

    const waiting = { QueueUrl: 'http://x/000000000000/waiting' };
    await call('sqs', 'SendMessage', { ...waiting, MessageBody: 'an order' });
    const mailed = new Promise<void>((resolve) =>
      bus.on('event', ({ type }) => type === 'mail' && resolve()),
    );
    minute();
    minute();
    expect(told).toEqual([
      {
        ...{ type: 'alarm', name: 'shop-orders-left', state: 'ALARM' },
        reason:
          'Threshold Crossed: 1 out of the last 1 datapoints [1.0 (31/01/26 09:31:00)] was greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).',
      },
    ]);
    await mailed;
    const [mail] = await of(mailbox).list();
    expect(mail?.subject).toBe('ALARM: "shop-orders-left" in US East (N. Virginia)');
    expect(mail?.text).toContain('- Description:                Somebody waits. Runbook: docs/shop.md');
    expect(mail?.text).toContain(
      'has entered the ALARM state, because "Threshold Crossed: 1 out of the last 1',
    );

    await call('sqs', 'PurgeQueue', waiting);
    for (let i = 0; i < 2; i += 1) minute();
    expect(told.slice(1)).toMatchObject([{ name: 'shop-orders-left', state: 'OK' }]);
    const { Messages = [] } = await call<{ Messages?: { Body: string }[] }>('sqs', 'ReceiveMessage', {
      ...{ QueueUrl: 'http://x/000000000000/changes', WaitTimeSeconds: 5, MaxNumberOfMessages: 10 },
    });
    expect(Messages.map(({ Body }) => JSON.parse(Body))).toMatchObject([
      {
        ...{ source: 'aws.cloudwatch', 'detail-type': 'CloudWatch Alarm State Change' },
        detail: { alarmName: 'shop-orders-left', state: { value: 'ALARM' } },
      },
    ]);
  });

  it('evaluate metric math over metrics of the application, from the API and from logs', async () => {
    const { bus, client, minute, states } = await open();
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'Shop',
        MetricData: [{ MetricName: 'taken', Value: 90, Timestamp: new Date(START_MS) }],
      }),
    );
    const _aws = {
      Timestamp: START_MS,
      CloudWatchMetrics: [
        { Namespace: 'Shop', Dimensions: [[]], Metrics: [{ Name: 'refused', Unit: 'Count' }] },
      ],
    };
    bus.emit('log', JSON.stringify({ _aws, refused: [4, 6] }));
    minute();
    expect(states()['shop-refused']).toBe('ALARM');

    const query = (Id: string, more: object) => ({ Id, ...more });
    const stat = (MetricName: string) => ({
      MetricStat: { Metric: { Namespace: 'Shop', MetricName }, Period: 60, Stat: 'Sum' },
    });
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        ...{ StartTime: new Date(START_MS - MINUTE_MS), EndTime: new Date(START_MS + MINUTE_MS) },
        MetricDataQueries: [
          query('share', { Expression: '100 * refused / (refused + taken)' }),
          query('refused', { ...stat('refused'), ReturnData: false }),
          query('taken', stat('taken')),
        ],
      }),
    );
    expect(MetricDataResults).toEqual([
      { Id: 'share', Label: 'share', StatusCode: 'Complete', Timestamps: [new Date(START_MS)], Values: [10] },
      { Id: 'taken', Label: 'taken', StatusCode: 'Complete', Timestamps: [new Date(START_MS)], Values: [90] },
    ]);
    const { Metrics } = await client.send(new ListMetricsCommand({ Namespace: 'Shop' }));
    expect(Metrics?.map(({ MetricName }) => MetricName)).toEqual(['taken', 'refused']);
  });

  it('may come as sets of statistics, as the Kinesis Client Library sends them', async () => {
    const { client } = await open();
    const Timestamp = new Date(START_MS);
    const put = (...sets: (readonly [count: number, sum: number, least: number, most: number])[]) =>
      client.send(
        new PutMetricDataCommand({
          Namespace: 'leases',
          MetricData: sets.map(([SampleCount, Sum, Minimum, Maximum]) => ({
            ...{ MetricName: 'Time', Timestamp, Unit: 'Milliseconds' },
            StatisticValues: { SampleCount, Sum, Minimum, Maximum },
          })),
        }),
      );
    const stats = ['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum', 'p50'];
    const read = async () => {
      const { MetricDataResults } = await client.send(
        new GetMetricDataCommand({
          ...{ StartTime: Timestamp, EndTime: new Date(START_MS + MINUTE_MS) },
          MetricDataQueries: stats.map((Stat, i) => ({
            Id: `m${i}`,
            MetricStat: { Metric: { Namespace: 'leases', MetricName: 'Time' }, Period: 60, Stat },
          })),
        }),
      );
      return MetricDataResults?.map(({ Values }) => Values?.[0]);
    };
    await put([3, 6, 2, 2]);
    expect(await read()).toEqual([3, 6, 2, 2, 2, 2]);
    await put([4, 10, 1, 4]);
    expect(await read()).toEqual([7, 16, 16 / 7, 1, 4, undefined]);
    await expect(
      client.send(
        new PutMetricDataCommand({ Namespace: 'leases', MetricData: [{ MetricName: 'Time', Timestamp }] }),
      ),
    ).rejects.toThrow('Expected one of Value, Values and StatisticValues');
  });

  it('are described, and set by hand until the next look; one that nothing is measured for says so', async () => {
    const { client, minute, told } = await open();
    minute();
    await client.send(
      new SetAlarmStateCommand({
        AlarmName: 'shop-orders-left',
        StateValue: 'ALARM',
        StateReason: 'a drill',
      }),
    );
    const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({}));
    const shown = MetricAlarms?.map(({ AlarmName, StateValue, StateReason }) => [
      AlarmName,
      StateValue,
      StateReason,
    ]);
    expect(shown).toEqual([
      ['shop-orders-left', 'ALARM', 'a drill'],
      ['shop-refused', 'INSUFFICIENT_DATA', 'Unchecked: Initial alarm creation'],
      ['shop-deaf', 'INSUFFICIENT_DATA', expect.stringMatching(/^Not heard here/)],
    ]);
    const pages: (string | undefined)[][] = [];
    for await (const page of paginateDescribeAlarms({ client, pageSize: 2 }, {})) {
      pages.push((page.MetricAlarms ?? []).map(({ AlarmName }) => AlarmName));
    }
    expect(pages).toEqual([['shop-orders-left', 'shop-refused'], ['shop-deaf']]);
    expect(MetricAlarms?.[0]).toMatchObject({
      Period: 60,
      Threshold: 0,
      StateUpdatedTimestamp: new Date(START_MS + LATER_MS + MINUTE_MS),
    });
    minute();
    expect(told.map((event) => 'state' in event && event.state)).toEqual(['ALARM', 'OK']);
    await expect(
      client.send(new SetAlarmStateCommand({ AlarmName: 'x', StateValue: 'OK', StateReason: '' })),
    ).rejects.toThrow('There is no alarm x');
    await expect(
      client.send(new PutMetricDataCommand({ Namespace: 'AWS/SQS', MetricData: [] })),
    ).rejects.toThrow('Expected a namespace that does not begin with AWS/');
  });

  it('takes sets of values, and refuses data that says nothing or comes from a wrong clock', async () => {
    const { client } = await open();
    const put = (datum: object) =>
      client.send(
        new PutMetricDataCommand({ Namespace: 'Shop', MetricData: [{ MetricName: 'sets', ...datum }] }),
      );
    const Timestamp = new Date(START_MS);
    await put({ Timestamp, StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 5 } });
    await put({ Timestamp, Values: [7, 9], Counts: [1, 2] });
    const stats = ['SampleCount', 'Sum', 'Minimum', 'Maximum'];
    const Metric = { Namespace: 'Shop', MetricName: 'sets' };
    const { MetricDataResults } = await client.send(
      new GetMetricDataCommand({
        ...{ StartTime: Timestamp, EndTime: new Date(START_MS + MINUTE_MS) },
        MetricDataQueries: stats.map((Stat, i) => ({
          Id: `m${i}`,
          MetricStat: { Metric, Period: 60, Stat },
        })),
      }),
    );
    expect(MetricDataResults?.map(({ Values }) => Values)).toEqual([[7], [35], [1], [9]]);
    await expect(put({})).rejects.toThrow('Expected one of Value, Values and StatisticValues');
    await expect(put({ Values: [1, 2], Counts: [1] })).rejects.toThrow('as many Counts as Values');
    for (const days of [-15, 1]) {
      const wrong = new Date(START_MS + days * 24 * 60 * MINUTE_MS);
      await expect(put({ Value: 1, Timestamp: wrong })).rejects.toThrow(
        `Expected a Timestamp from 14 days ago to 2 hours ahead, got ${wrong.toISOString()}`,
      );
    }
  });
});

const has = (command: string) => spawnSync(command, ['--version']).status === 0;

describe.skipIf(!has('aws'))('the command line', () => {
  it('puts and gets', { timeout: 60_000 }, async () => {
    const { endpoint, states, minute } = await open();
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
    const aws = async (...args: string[]) => {
      const { stdout } = await run(
        'aws',
        ['--endpoint-url', endpoint, 'cloudwatch', ...args, '--output', 'json'],
        { env },
      );
      return stdout === '' ? undefined : JSON.parse(stdout);
    };
    const at = new Date(START_MS).toISOString();
    await aws(
      'put-metric-data',
      '--namespace',
      'Shop',
      '--metric-name',
      'taken',
      '--value',
      '1',
      '--timestamp',
      at,
    );
    await aws(
      'put-metric-data',
      '--namespace',
      'Shop',
      '--metric-name',
      'refused',
      '--value',
      '1',
      '--timestamp',
      at,
    );
    minute();
    expect(states()['shop-refused']).toBe('ALARM');
    const { MetricAlarms } = await aws('describe-alarms', '--state-value', 'ALARM');
    expect(MetricAlarms).toMatchObject([{ AlarmName: 'shop-refused', StateValue: 'ALARM' }]);
  });
});

describe('other clients', () => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=local/20260131/us-east-1/monitoring/aws4_request, Signature=0';

  it('are answered in CBOR', async () => {
    const { endpoint } = await open();
    const send = async (operation: string, input: object) => {
      const response = await fetch(
        `${endpoint}/service/GraniteServiceVersion20100801/operation/${operation}`,
        {
          method: 'POST',
          headers: { authorization, 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' },
          body: new Uint8Array(cbor.serialize(input)),
        },
      );
      return cbor.deserialize(new Uint8Array(await response.arrayBuffer()));
    };
    const MetricData = [
      { MetricName: 'taken', Values: [1, 2.5], Counts: [2, 1], Timestamp: dateToTag(new Date(START_MS)) },
    ];
    await send('PutMetricData', { Namespace: 'Shop', MetricData });
    const Metric = { Namespace: 'Shop', MetricName: 'taken' };
    const query = { Id: 'm', MetricStat: { Metric, Period: 60, Stat: 'Sum' } };
    const read = (...MetricDataQueries: object[]) =>
      send('GetMetricData', {
        ...{ StartTime: dateToTag(new Date(START_MS)), EndTime: dateToTag(new Date(START_MS + MINUTE_MS)) },
        MetricDataQueries,
      });
    const got = await read(query);
    expect(got).toMatchObject({
      MetricDataResults: [{ Timestamps: [{ tag: 1, value: START_MS / 1000 }], Values: [4.5] }],
    });
    expect(await read(query, query)).toMatchObject({
      ...{ __type: 'ValidationError', message: expect.stringContaining('are not unique') },
    });
    const circle = [
      { Id: 'a', Expression: 'b + 1' },
      { Id: 'b', Expression: 'a + 1', Period: 60 },
    ];
    expect(await read(query, ...circle)).toMatchObject({
      ...{ __type: 'ValidationError', message: expect.stringContaining('reads itself') },
    });
    expect(await send('GetMetricData', {})).toMatchObject({
      ...{ __type: 'InvalidParameterValue', message: expect.stringMatching(/^StartTime: /) },
    });
  });

  it('may compress what they send, in any protocol', async () => {
    const { endpoint } = await open();
    const send = async (type: string, body: string | Uint8Array, headers: object = {}, url = endpoint) => {
      const compressed = { 'content-encoding': 'gzip', 'content-type': type, ...headers };
      const request = { method: 'POST', headers: { authorization, ...compressed } };
      return fetch(url, { ...request, body: new Uint8Array(gzipSync(body)) });
    };
    const input = { Namespace: 'Shop', MetricData: [{ MetricName: 'taken', Value: 1 }] };
    const form = new URLSearchParams({
      ...{ Action: 'PutMetricData', Version: '2010-08-01', Namespace: 'Shop' },
      ...{ 'MetricData.member.1.MetricName': 'taken', 'MetricData.member.1.Value': '3' },
    });
    const byQuery = await send('application/x-www-form-urlencoded; charset=UTF-8', form.toString());
    const byJson = await send('application/x-amz-json-1.0', JSON.stringify(input), {
      'x-amz-target': 'GraniteServiceVersion20100801.PutMetricData',
    });
    const path = `${endpoint}/service/GraniteServiceVersion20100801/operation/PutMetricData`;
    const byCbor = await send(
      'application/cbor',
      cbor.serialize(input),
      { 'smithy-protocol': 'rpc-v2-cbor' },
      path,
    );
    expect([byQuery.status, byJson.status, byCbor.status]).toEqual([200, 200, 200]);
    const broken = await fetch(endpoint, {
      ...{ method: 'POST', body: form },
      headers: { authorization, 'content-encoding': 'gzip' },
    });
    expect(await broken.text()).toContain('Expected a body in gzip');
  });

  it('are answered in the Query protocol and in JSON', async () => {
    const { endpoint } = await open();
    const form = new URLSearchParams({
      ...{ Action: 'PutMetricData', Version: '2010-08-01', Namespace: 'Shop' },
      ...{ 'MetricData.member.1.MetricName': 'taken', 'MetricData.member.1.Value': '3' },
      'MetricData.member.1.Timestamp': new Date(START_MS).toISOString(),
    });
    const put = await fetch(endpoint, { method: 'POST', headers: { authorization }, body: form });
    expect(put.status).toBe(200);
    const list = await fetch(endpoint, {
      ...{ method: 'POST', headers: { authorization } },
      body: new URLSearchParams({ Action: 'ListMetrics', Namespace: 'Shop' }),
    });
    expect(await list.text()).toContain(
      '<Metrics><member><Namespace>Shop</Namespace><MetricName>taken</MetricName><Dimensions></Dimensions></member></Metrics>',
    );
    const got = await fetch(endpoint, {
      method: 'POST',
      headers: {
        ...{ authorization, 'content-type': 'application/x-amz-json-1.0' },
        'x-amz-target': 'GraniteServiceVersion20100801.GetMetricData',
      },
      body: JSON.stringify({
        ...{ StartTime: START_MS / 1000, EndTime: START_MS / 1000 + 60 },
        MetricDataQueries: [
          {
            Id: 'm',
            MetricStat: { Metric: { Namespace: 'Shop', MetricName: 'taken' }, Period: 60, Stat: 'Maximum' },
          },
        ],
      }),
    });
    expect(await got.json()).toMatchObject({
      MetricDataResults: [{ Id: 'm', Timestamps: [START_MS / 1000], Values: [3] }],
    });
  });
});
