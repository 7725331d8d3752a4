/** How the stack is, by its own alarms and what they measure: two calls to CloudWatch, a minute apart at least. */
import {
  type CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  type MetricAlarm,
  type MetricDataQuery,
  type MetricDataResult,
} from '@aws-sdk/client-cloudwatch';
import { madeOnce } from '../../emulator/base/made-once.ts';
import type { Health } from '../console/page-answers.ts';
import { billedOf, MOST_QUERIES, queriesOf, shownAlarms } from './health-queries.ts';

type ReadHealth = () => Promise<Health>;

/** Metrics come once a minute, and looking at them is billed. */
const FRESH_MS = 60_000;
const SHOWN_MS = 3 * 3_600_000;
/** DescribeAlarms takes so many names. */
const MOST_NAMES = 100;
/** In US dollars. */
const PRICE_OF_A_THOUSAND = 0.01;

/**
 * @param alarms names of the stack's alarms → their logical ids; asked for once
 * @param now ms since the epoch
 */
export function createHealth(
  client: CloudWatchClient,
  alarms: () => Promise<Map<string, string>>,
  now: () => number,
): ReadHealth {
  const names = madeOnce(alarms);
  let known: { atMs: number; health: Promise<Health> } | undefined;

  async function read(): Promise<Health> {
    const logicalIds = await names();
    const all = await describe(client, [...logicalIds.keys()]);
    const queries = all.flatMap(queriesOf).slice(0, MOST_QUERIES);
    const results = await measure(client, queries, now());
    const metrics = billedOf(queries);
    return {
      alarms: shownAlarms(all, results, logicalIds),
      ...{ at: new Date(now()).toISOString(), metrics, cost: (metrics * PRICE_OF_A_THOUSAND) / 1000 },
    };
  }

  return () => {
    if (known && now() - known.atMs < FRESH_MS) return known.health;
    const health = read();
    known = { atMs: now(), health };
    // What failed may be allowed by now.
    health.catch(() => {
      if (known?.health === health) known = undefined;
    });
    return health;
  };
}

async function describe(client: CloudWatchClient, names: readonly string[]): Promise<MetricAlarm[]> {
  const found: MetricAlarm[] = [];
  for (let from = 0; from < names.length; from += MOST_NAMES) {
    const AlarmNames = names.slice(from, from + MOST_NAMES);
    const { MetricAlarms = [] } = await client.send(
      new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm'], MaxRecords: MOST_NAMES }),
    );
    found.push(...MetricAlarms);
  }
  return found;
}

async function measure(
  client: CloudWatchClient,
  MetricDataQueries: MetricDataQuery[],
  nowMs: number,
): Promise<MetricDataResult[]> {
  if (MetricDataQueries.length === 0) return [];
  const results = new Map<string, MetricDataResult>();
  let NextToken: string | undefined;
  do {
    const page = await client.send(
      new GetMetricDataCommand({
        ...{ MetricDataQueries, NextToken, ScanBy: 'TimestampAscending' },
        ...{ StartTime: new Date(nowMs - SHOWN_MS), EndTime: new Date(nowMs) },
      }),
    );
    for (const { Id = '', Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
      const known = results.get(Id);
      results.set(Id, {
        Id,
        Timestamps: [...(known?.Timestamps ?? []), ...Timestamps],
        Values: [...(known?.Values ?? []), ...Values],
      });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return [...results.values()];
}
