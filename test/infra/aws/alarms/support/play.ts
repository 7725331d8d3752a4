/** Plays a story against every alarm of the synthesized template. */
import { type Alarm, type Input, parseAlarm } from '../../../../../infra/emulator/cloudwatch/definition.ts';
import { look } from '../../../../../infra/emulator/cloudwatch/evaluate.ts';
import type { AlarmState } from '../../../../../infra/emulator/cloudwatch/state.ts';
import { resolveStack } from '../../../../../infra/emulator/registry.ts';
import { STACK_NAME } from '../../../../../services/contract/stack.ts';
import { synthesize } from '../../support/synth.ts';
import { type Change, type Load, minuteOf } from './pipeline.ts';
import { type Publishing, Timeline } from './timeline.ts';

/** Who a dimension's value names, by a part of the logical id in it. */
const OWNERS: [owner: string, part: RegExp][] = [
  ['failedBatches', /FailedBatches/],
  ['trustedFailures', /TrustedFailures/],
  ['watchdog', /Watchdog/],
  ['transform', /ExtraFields/],
  ['detector', /Detector|^detector$/],
  ['readings', /LakeReadings/],
  ['alerts', /LakeAlerts|DetectionAlerts/],
  ['stream', /IngestStream/],
  ['http', /./],
];

export interface Story {
  minutes: number;
  load: (minute: number) => Load;
  changes: readonly Change[];
}

/** What AWS does not document, so that alarms must not depend on it. */
export interface World {
  fillsEmpty: boolean;
  /** Firehose sends its metrics every five minutes: each minute's, or one for all of them. */
  firehose: Publishing;
}

export const WORLDS: World[] = [true, false].flatMap((fillsEmpty) =>
  [false, true].map((onePoint) => ({ fillsEmpty, firehose: { delay: 1, every: 5, onePoint } })),
);

/** An alarm told somebody, in a minute. */
export interface Told {
  alarm: string;
  minute: number;
  state: AlarmState;
}

export function templateAlarms(settings: Record<string, unknown> = {}): Map<string, Alarm> {
  const { resources, outputs } = synthesize(settings);
  const template = { Resources: resources, Outputs: outputs, Parameters: {}, Mappings: {}, Conditions: {} };
  const stack = resolveStack(template, STACK_NAME, 'http://127.0.0.1:1');
  const alarms = stack.resources.filter(({ type }) => type === 'AWS::CloudWatch::Alarm');
  return new Map(
    alarms.map((resource) => [
      resource.logicalId.replace(/^Operations|[0-9A-F]{8}$/g, ''),
      parseAlarm(resource),
    ]),
  );
}

/** Everything that the alarms would send, in order. A new alarm is in INSUFFICIENT_DATA; its first OK is left out. */
export function play(
  alarms: ReadonlyMap<string, Alarm>,
  { minutes, load, changes }: Story,
  world: World,
): Told[] {
  const timeline = new Timeline((namespace) => publishing(namespace, world));
  const states = new Map<string, AlarmState>();
  const told: Told[] = [];
  for (let minute = 0; minute < minutes; minute += 1) {
    for (const [metric, value] of Object.entries(minuteOf(minute, load, changes))) {
      timeline.add(metric, minute, value);
    }
    const now = minute + 1;
    const read = timeline.reader(now, nameOf);
    for (const [name, alarm] of alarms) {
      const before = states.get(name) ?? 'INSUFFICIENT_DATA';
      const { state } = look(alarm, read, now * 60_000, before, world);
      const isNew = !states.has(name);
      if (state === before) continue;
      states.set(name, state);
      const { AlarmActions, OKActions, InsufficientDataActions } = alarm.properties;
      const actions = { ALARM: AlarmActions, OK: OKActions, INSUFFICIENT_DATA: InsufficientDataActions };
      if (actions[state].length > 0 && !(isNew && state === 'OK')) {
        told.push({ alarm: name, minute: now, state });
      }
    }
  }
  return told;
}

function publishing(namespace: string, { firehose }: World): Publishing {
  if (namespace === 'AWS/Firehose') return firehose;
  // Metrics of topics, and those from logs, may take some minutes.
  if (namespace === 'AWS/SNS') return { delay: 4 };
  return { delay: namespace.startsWith('AWS/') ? 1 : 2 };
}

const names = new WeakMap<Input, string>();

/** As the stories name the metric. */
function nameOf(input: Input): string {
  const known = names.get(input);
  if (known !== undefined) return known;
  const { namespace, name, dimensions } = input.metric;
  const value = String(Object.values(dimensions)[0]);
  const owner = OWNERS.find(([, part]) => part.test(value))?.[0];
  const made = `${namespace}/${name}@${owner}`;
  names.set(input, made);
  return made;
}
