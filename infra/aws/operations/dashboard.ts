/** The dashboard: one page, from top to bottom in the order in which a reading travels. */
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { dashboardNameOf } from '../parts/whereabouts.ts';
import type { PipelineMetrics } from './metrics.ts';

/** CloudWatch's grid is 24 wide. */
const FULL = 24;

export function createDashboard(
  scope: Construct,
  metrics: PipelineMetrics,
  alarms: IAlarm[],
  withEdge: boolean,
): Dashboard {
  const { edge, http, stream, detector, watchdog, readings, incidents, messages, delivery, queries } =
    metrics;
  const dashboard = new Dashboard(scope, 'Dashboard', {
    dashboardName: dashboardNameOf(scope),
    defaultInterval: Duration.hours(3),
  });
  dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms, width: FULL, height: 3 }));
  const row = (heading: string, ...graphs: [title: string, left: IMetric[], right?: IMetric[]][]) => {
    dashboard.addWidgets(new TextWidget({ markdown: `## ${heading}`, width: FULL, height: 1 }));
    dashboard.addWidgets(
      ...graphs.map(
        ([title, left, right]) => new GraphWidget({ title, left, right, width: FULL / graphs.length }),
      ),
    );
  };
  row(
    '1 · Readings arrive',
    ['Stream', [stream.incomingRecords], [stream.incomingBytes]],
    ['Refused writes', [stream.writeThrottles]],
    ...(withEdge ? [['Gateways', [edge.exchanges]] satisfies [string, IMetric[]]] : []),
    ...(http
      ? [['HTTP API', [http.requests], [http.refused, http.failed]] satisfies [string, IMetric[], IMetric[]]]
      : []),
  );
  row(
    '2 · The detector evaluates them',
    ['How far behind (ms)', [detector.iteratorAge]],
    ['Invocations', [detector.invocations, detector.errors, detector.throttles], [detector.duration]],
    ['Given up', [detector.batchesGivenUp, detector.failuresNotKept], [readings.setAside]],
  );
  row(
    '3 · What they are',
    ['Readings', [readings.valid, readings.late, readings.skewed, readings.foreign, readings.malformed]],
    ['Not evaluated (%)', [readings.notEvaluatedPercent, readings.malformedPercent]],
    ['Clocks set back', [readings.setBack]],
  );
  row(
    '4 · Incidents, and who is told',
    ['Incidents', [incidents.opened, incidents.resolved], incidents.throttles],
    ['Watchdog', [watchdog.invocations, watchdog.errors]],
    ['Alerts published', [messages.published, messages.refused]],
    ['Alerts delivered', [messages.delivered, messages.undelivered]],
  );
  row(
    '5 · Into the lake',
    ['Freshness (s)', [delivery.readings.freshness, delivery.alerts.freshness]],
    ['Delivered', [delivery.readings.records, delivery.alerts.records], [delivery.readings.objects]],
    ['Not converted', [delivery.readings.conversionFailures, delivery.alerts.conversionFailures]],
  );
  row('6 · Queries', ['Bytes scanned by Athena', [queries.scannedBytes]]);
  return dashboard;
}
