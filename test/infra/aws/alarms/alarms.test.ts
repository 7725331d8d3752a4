/** Every alarm of the template, evaluated as CloudWatch documents it over hand-made metrics. */
import { describe, expect, it } from 'vitest';
import { metricsOf } from '../../../../infra/emulator/cloudwatch/definition.ts';
import { isMeasuredHere } from '../../../../infra/emulator/cloudwatch/emulated.ts';
import { DAY } from './support/pipeline.ts';
import { play, templateAlarms, WORLDS } from './support/play.ts';
import { CALM, type Told, TROUBLE, TROUBLE_FROM } from './support/stories.ts';

const EVERYTHING = { edgeHttp: 'on', extraFields: 'on' };
const MINUTES = 200;
const alarms = templateAlarms(EVERYTHING);

/** Which alarms rang, each with its minutes since the trouble began; and those that were not quiet at the end. */
function outcome(
  { load = () => DAY, changes = [], from = TROUBLE_FROM }: Told,
  world: (typeof WORLDS)[number],
) {
  const told = play(alarms, { minutes: MINUTES, load, changes }, world);
  const rang: Record<string, number> = {};
  for (const { alarm, minute, state } of told) if (state !== 'OK') rang[alarm] ??= minute - from;
  const last = new Map(told.map(({ alarm, state }) => [alarm, state]));
  return { rang, stillRinging: [...last].filter(([, state]) => state !== 'OK').map(([alarm]) => alarm) };
}

/** AWS does not document it, so the alarms must not depend on it. */
describe.each(WORLDS)(
  'where FILL fills an empty series: $fillsEmpty, Firehose sends one point: $firehose.onePoint',
  (world) => {
    it.each(CALM)('nobody is woken by $what', (story) => {
      expect(outcome(story, world)).toEqual({ rang: {}, stillRinging: [] });
    });

    it.each(TROUBLE)('$what', (story) => {
      const { rang, stillRinging } = outcome(story, world);
      expect(Object.keys(rang).sort()).toEqual(Object.keys(story.rings).sort());
      for (const [alarm, within] of Object.entries(story.rings)) {
        expect(rang[alarm], alarm).toBeLessThanOrEqual(within);
        expect(rang[alarm], alarm).toBeGreaterThan(0);
      }
      const ends =
        (story.changes ?? []).every(({ until }) => until < MINUTES) &&
        (story.load?.(MINUTES - 1) ?? DAY).records > 0;
      if (ends) expect(stillRinging).toEqual([]);
    });
  },
);

it('every alarm has a story in which it rings', () => {
  expect([...new Set(TROUBLE.flatMap(({ rings }) => Object.keys(rings)))].sort()).toEqual(
    [...alarms.keys()].sort(),
  );
});

it('every alarm is heard in the local runtime', () => {
  const deaf = [...alarms].filter(([, alarm]) => !metricsOf(alarm).every(isMeasuredHere));
  expect(deaf.map(([name]) => name)).toEqual([]);
});

it('no alarm waits for missing data of DynamoDB, which CloudWatch ignores', () => {
  const namespaces = [...alarms.values()].flatMap(({ inputs }) =>
    [...inputs.values()].map(({ metric }) => metric.namespace),
  );
  expect(namespaces).not.toContain('AWS/DynamoDB');
});
