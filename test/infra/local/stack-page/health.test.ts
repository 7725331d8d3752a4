import type {
  CloudWatchClient,
  GetMetricDataCommand,
  MetricAlarm,
  MetricDataQuery,
} from '@aws-sdk/client-cloudwatch';
import { expect, it } from 'vitest';
import { createHealth } from '../../../../infra/local/stack-page/health.ts';
import {
  billedOf,
  queriesOf,
  shownAlarms,
  titles,
} from '../../../../infra/local/stack-page/health-queries.ts';

const stat = (Id: string, more: Partial<MetricDataQuery> = {}): MetricDataQuery => ({
  Id,
  MetricStat: { Metric: { Namespace: 'AWS/Lambda', MetricName: Id }, Period: 60, Stat: 'Sum' },
  ReturnData: false,
  ...more,
});
const idle: MetricAlarm = {
  ...{ AlarmName: 'S-Idle-X', StateValue: 'OK', Threshold: 0, ComparisonOperator: 'GreaterThanThreshold' },
  AlarmDescription: 'It does not run. Runbook: https://example.com/docs#idle',
  Metrics: [
    { Id: 'expr_1', Expression: 'IF(incoming > 0 AND FILL(runs, 0) < 1, 1, 0)', ReturnData: true },
    stat('incoming'),
    stat('runs'),
  ],
};
const age: MetricAlarm = {
  ...{ AlarmName: 'S-Age-X', StateValue: 'ALARM', StateReason: '3 out of 5', Threshold: 300_000 },
  ...{ ComparisonOperator: 'GreaterThanThreshold', AlarmDescription: 'Behind. Runbook: docs/operations.md' },
  ...{ Namespace: 'AWS/Lambda', MetricName: 'IteratorAge', Period: 60, Statistic: 'Maximum' },
  Dimensions: [{ Name: 'FunctionName', Value: 'detector' }],
};
const IDS = new Map([
  ['S-Idle-X', 'OperationsDetectorIdle1A2B3C4D'],
  ['S-Age-X', 'OperationsIteratorAge5E6F7A8B'],
]);

it('queries of different alarms do not meet: ids are their own, also in expressions', () => {
  const queries = [idle, age].flatMap(queriesOf);
  expect(queries.map(({ Id }) => Id)).toEqual(['a0_expr_1', 'a0_incoming', 'a0_runs', 'a1_m']);
  expect(queries[0]?.Expression).toBe('IF(a0_incoming > 0 AND FILL(a0_runs, 0) < 1, 1, 0)');
  expect(queries[3]?.MetricStat).toMatchObject({ Period: 60, Stat: 'Maximum' });
  expect(billedOf(queries)).toBe(3);
});

it('an alarm that rings comes first, with its words, its runbook and its values', () => {
  const at = new Date('2026-01-31T09:30:00.000Z');
  const results = [{ Id: 'a1_m', Timestamps: [at], Values: [400_000] }];
  const [first, second] = shownAlarms([idle, age], results, IDS);
  expect(first).toMatchObject({
    ...{ title: 'Iterator age', state: 'ALARM', reason: '3 out of 5', comparison: '>', threshold: 300_000 },
    ...{ meaning: 'Behind.', times: [at.getTime() / 1000], values: [400_000] },
  });
  expect(first?.runbook).toBe('docs/operations.md');
  expect(second).toMatchObject({
    ...{ title: 'Detector idle', meaning: 'It does not run.', values: [] },
    runbook: 'https://example.com/docs#idle',
  });
});

it('titles lose the hash, and what all of them begin with', () => {
  expect([...titles(new Map([['x', 'OperationsIteratorAge5E6F7A8B']])).values()]).toEqual([
    'Operations iterator age',
  ]);
});

it('CloudWatch is asked twice for all, once a minute, and again at once after a failure', async () => {
  const state = { nowMs: 0, fails: false };
  const sent: string[] = [];
  const client = {
    async send(command: GetMetricDataCommand) {
      const isAlarms = 'AlarmNames' in command.input;
      sent.push(isAlarms ? 'DescribeAlarms' : 'GetMetricData');
      if (state.fails) throw new Error('Throttling');
      if (isAlarms) return { MetricAlarms: [idle, age] };
      // In two pages.
      const Values = [command.input.NextToken === undefined ? 1 : 2];
      const MetricDataResults = [{ Id: 'a1_m', Timestamps: [new Date(0)], Values }];
      return { MetricDataResults, NextToken: command.input.NextToken === undefined ? 'more' : undefined };
    },
  } as unknown as CloudWatchClient;
  const health = createHealth(
    client,
    async () => IDS,
    () => state.nowMs,
  );
  const [one, two] = await Promise.all([health(), health()]);
  expect(one).toBe(two);
  expect(one).toMatchObject({ metrics: 3, cost: expect.closeTo(0.00003, 9) });
  expect(one.alarms[0]?.values).toEqual([1, 2]);
  expect(sent).toEqual(['DescribeAlarms', 'GetMetricData', 'GetMetricData']);
  state.nowMs += 60_000;
  state.fails = true;
  await expect(health()).rejects.toThrow('Throttling');
  state.fails = false;
  expect((await health()).alarms).toHaveLength(2);
});
