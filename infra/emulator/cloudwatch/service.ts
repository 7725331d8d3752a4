/** CloudWatch: keeps what services and functions measure, evaluates the template's alarms, and tells topics. */
import { embeddedMetrics } from '../base/emf.ts';
import type { Measured } from '../base/events.ts';
import { iam } from '../iam/service.ts';
import { sns } from '../sns/service.ts';
import { arnOf, named } from '../stack/identities.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { Service, ServiceContext } from '../stack/service.ts';
import { anyProtocolService } from '../wire/any-protocol.ts';
import { ACCESS } from './access.ts';
import { type AlarmStatus, Alarms } from './alarms.ts';
import { CLOUDWATCH_NAMESPACE, cloudWatchApi } from './api.ts';
import { alarmProperties, metricsOf, parseAlarm } from './definition.ts';
import { isMeasuredHere } from './emulated.ts';
import { type Change, notification } from './notification.ts';
import { MetricStore } from './store.ts';

const ALARM = 'AWS::CloudWatch::Alarm';
const MINUTE_MS = 60_000;
/** After a minute is over: what its last second measured has come by then. */
const SETTLED_MS = 1_000;

interface CloudWatch {
  /** The state of every alarm, for screens and pages. */
  alarms(): AlarmStatus[];
}

export const cloudwatch: Service<CloudWatch> = {
  name: 'monitoring',
  types: {
    [ALARM]: {
      identity: named('AlarmName', (name) => arnOf('cloudwatch', `alarm:${name}`)),
      obeys: ['AlarmName', ...pathsOf(alarmProperties)],
      unheard: (resource) => !isHeard(resource),
    },
  },
  refusals: {
    throttle: ['Throttling', 400, 'Rate exceeded'],
    unavailable: ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalServiceError', 500, 'Internal service error'],
  },
  open(context) {
    const { resources, bus, clock, serve, onClose } = context;
    const store = new MetricStore(() => clock.now());
    // What is sampled counts for the minute that is over.
    let backMs = 0;
    const keep = (measured: Measured) => store.add({ atMs: clock.now() - backMs, ...measured });
    const keepLogged = (line: string) => embeddedMetrics(line).forEach(keep);
    bus.on('metric', keep);
    bus.on('log', keepLogged);
    const alarms = new Alarms({
      alarms: resources(ALARM).map((resource) => ({ alarm: parseAlarm(resource), heard: isHeard(resource) })),
      read: (...what) => store.read(...what),
      clock,
      onChange: (change) => tell(change, context),
    });
    // Without alarms nobody waits for it.
    const ticks = resources(ALARM).length > 0 ? everyMinute : () => () => undefined;
    const stop = ticks(context, () => {
      backMs = MINUTE_MS;
      bus.emit('sample');
      backMs = 0;
      alarms.tick();
    });
    onClose(() => {
      stop();
      bus.off('metric', keep);
      bus.off('log', keepLogged);
    });
    serve(anyProtocolService(CLOUDWATCH_NAMESPACE, cloudWatchApi({ store, alarms, clock }), ACCESS));
    return { alarms: () => alarms.list() };
  },
};

const isHeard = (resource: StackResource): boolean => metricsOf(parseAlarm(resource)).every(isMeasuredHere);

/** At full minutes of the wall clock, by which metrics are kept. */
function everyMinute({ clock }: ServiceContext, act: () => void): () => void {
  const next = () => {
    const sinceMinuteMs = (clock.now() - SETTLED_MS) % MINUTE_MS;
    return clock.after(MINUTE_MS - sinceMinuteMs, () => {
      timer = next();
      act();
    });
  };
  let timer = next();
  return () => timer.cancel();
}

function tell(change: Change, { bus, of }: ServiceContext): void {
  const { alarm, to, reason } = change;
  const { ActionsEnabled, AlarmActions, OKActions, InsufficientDataActions } = alarm.properties;
  const actions = { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions }[to];
  bus.emit('aws-event', stateChange(change));
  if (!ActionsEnabled || actions.length === 0) return;
  bus.publish({ type: 'alarm', name: alarm.name, state: to, reason });
  const { subject, message } = notification(change);
  const actor = of(iam).asService('cloudwatch', alarm.arn);
  const warn = (topic: string, why: string) => {
    const text = `Alarm ${alarm.name} could not tell ${topic}: ${why}`;
    bus.warn(text);
  };
  for (const TopicArn of actions) {
    try {
      actor.check({ action: 'sns:Publish', resource: TopicArn });
    } catch (error) {
      warn(TopicArn, (error as Error).message);
      continue;
    }
    const params = {
      Action: 'Publish',
      TopicArn,
      Subject: subject,
      Message: message,
      MessageStructure: 'json',
    };
    const { status, body } = of(sns).handle(new URLSearchParams(params));
    if (status !== 200) warn(TopicArn, body);
  }
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html */
const stateChange = ({ alarm, from, to, reason, atMs }: Change) => ({
  source: 'aws.cloudwatch',
  detailType: 'CloudWatch Alarm State Change',
  resources: [alarm.arn],
  detail: {
    alarmName: alarm.name,
    state: { value: to, reason, timestamp: new Date(atMs).toISOString() },
    previousState: { value: from },
  },
});
