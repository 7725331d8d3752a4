import { describe, expect, it } from 'vitest';
import { compileRule } from '../../../services/detector/compile.ts';
import { detect } from '../../../services/detector/detect.ts';
import { reading } from './support/batch.ts';
import { rules } from './support/harness.ts';
import { story } from './support/timeline.ts';

/** The default rule: temperature above 80, well again at 75 and below. A story may change it. */
function expectStory(rule: Record<string, unknown>, text: string) {
  const { told, happened } = story(rule, text);
  expect(happened).toEqual(told);
}

const LADDER = [{ severity: 'warning' }, { severity: 'critical', threshold: 90 }];

describe('an incident, by the table of transitions', () => {
  it('fires at the first breach if the rule asks for no more, and ends at the first well reading', () => {
    expectStory(
      {},
      `10:00:00  50  normal
       10:00:05  91  firing  FIRING warning since 10:00:05 peak 91
       10:00:10  85  firing
       10:00:15  50  normal  RESOLVED warning since 10:00:05 peak 91`,
    );
  });

  it('is not opened by the threshold itself', () => {
    expectStory({ operator: '>' }, '10:00:00  80  normal');
    expectStory({ operator: '>=' }, '10:00:00  80  firing  FIRING warning since 10:00:00 peak 80');
  });

  it('waits for M of N, and goes back silently if that is not reached', () => {
    expectStory(
      { evaluationPeriods: 3, datapointsToAlarm: 2 },
      `10:00:00  91  pending
       10:00:05  50  pending
       10:00:10  50  normal
       10:00:15  92  pending
       10:00:20  50  pending
       10:00:25  93  firing  FIRING warning since 10:00:15 peak 93`,
    );
  });

  it('requires all N if M is not given', () => {
    expectStory(
      { evaluationPeriods: 2 },
      `10:00:00  91  pending
       10:00:05  50  normal
       10:00:10  91  pending
       10:00:15  91  firing  FIRING warning since 10:00:10 peak 91`,
    );
  });

  it('waits for as long as `for` says, measured by the times of the readings', () => {
    expectStory(
      { for: '30s' },
      `10:00:00  91  pending
       10:00:29  95  pending
       10:00:30  85  firing  FIRING warning since 10:00:00 peak 95`,
    );
  });

  it('starts `for` again if the breach was interrupted', () => {
    expectStory(
      { for: '30s' },
      `10:00:00  91  pending
       10:00:20  78  normal
       10:00:25  91  pending
       10:00:40  91  pending
       10:00:55  91  firing  FIRING warning since 10:00:25 peak 91`,
    );
  });

  it('counts `for` from the moment when M of N held', () => {
    expectStory(
      { evaluationPeriods: 4, datapointsToAlarm: 2, for: '20s' },
      `10:00:00  91  pending
       10:00:10  50  pending
       10:00:20  92  pending
       10:00:30  50  pending
       10:00:40  91  firing  FIRING warning since 10:00:00 peak 92`,
    );
  });

  it('escalates once per step of the ladder, and never goes down while it lasts', () => {
    expectStory(
      { severity: LADDER },
      `10:00:00  85  firing  FIRING warning since 10:00:00 peak 85
       10:00:05  91  firing  ESCALATED critical since 10:00:00 peak 91
       10:00:10  85  firing
       10:00:15  96  firing
       10:00:20  50  normal  RESOLVED critical since 10:00:00 peak 96`,
    );
  });

  it('opens at the worst severity that it saw while pending', () => {
    expectStory(
      { severity: LADDER, evaluationPeriods: 2 },
      `10:00:00  95  pending
       10:00:05  85  firing  FIRING critical since 10:00:00 peak 95`,
    );
  });

  it('stays open between the two thresholds', () => {
    expectStory(
      {},
      `10:00:00  81  firing  FIRING warning since 10:00:00 peak 81
       10:00:05  78  firing
       10:00:10  76  firing
       10:00:15  75  normal  RESOLVED warning since 10:00:00 peak 81`,
    );
  });

  it('recovers for as many readings as asked, and falls back as the same incident', () => {
    expectStory(
      { datapointsToClear: 3, severity: LADDER },
      `10:00:00  85  firing      FIRING warning since 10:00:00 peak 85
       10:00:05  50  recovering
       10:00:10  50  recovering
       10:00:15  85  firing
       10:00:20  50  recovering
       10:00:25  92  firing      ESCALATED critical since 10:00:00 peak 92
       10:00:30  50  recovering
       10:00:35  78  firing
       10:00:40  50  recovering
       10:00:45  50  recovering
       10:00:50  50  normal      RESOLVED critical since 10:00:00 peak 92`,
    );
  });

  it('keeps firing for as long as asked', () => {
    expectStory(
      { keepFiringFor: '1m' },
      `10:00:00  85  firing      FIRING warning since 10:00:00 peak 85
       10:00:05  50  recovering
       10:01:04  50  recovering
       10:01:05  50  normal      RESOLVED warning since 10:00:00 peak 85`,
    );
  });

  it('watches a range from both sides, and calls the farther value the peak', () => {
    expectStory(
      {
        operator: 'outside',
        threshold: { min: 10, max: 40 },
        recoveryThreshold: { min: 12, max: 38 },
        severity: [{ severity: 'warning' }, { severity: 'critical', threshold: { min: 0, max: 60 } }],
      },
      `10:00:00  40  normal
       10:00:05  43  firing  FIRING warning since 10:00:05 peak 43
       10:00:10   5  firing
       10:00:15  44  firing
       10:00:20  11  firing
       10:00:25  -1  firing  ESCALATED critical since 10:00:05 peak -1
       10:00:30  38  normal  RESOLVED critical since 10:00:05 peak -1`,
    );
  });

  it('watches for values that are too low', () => {
    expectStory(
      { operator: '<', threshold: 5, recoveryThreshold: 8 },
      `10:00:00  5  normal
       10:00:05  4  firing  FIRING warning since 10:00:05 peak 4
       10:00:10  2  firing
       10:00:15  7  firing
       10:00:20  8  normal  RESOLVED warning since 10:00:05 peak 2`,
    );
  });
});

describe('what people complain about in other systems', () => {
  it('a message per sample: an hour of breaches is one message', () => {
    const hour = Array.from({ length: 720 }, (_, i) => {
      const time = new Date(i * 5000).toISOString().slice(11, 19);
      return `${time} 91 firing${i === 0 ? ' FIRING warning since 00:00:00 peak 91' : ''}`;
    });
    expectStory({}, hour.join('\n'));
  });

  it('duplicates that arrive milliseconds apart', () => {
    expectStory(
      {},
      `10:00:00.000  91  firing  FIRING warning since 10:00:00 peak 91
       10:00:00.000  91  firing  late
       10:00:00.003  91  firing
       10:00:00.003  91  firing`,
    );
  });

  it('flapping: one incident, because of hysteresis and readings to clear', () => {
    expectStory(
      { datapointsToClear: 2 },
      `10:00:00  81  firing      FIRING warning since 10:00:00 peak 81
       10:00:05  74  recovering
       10:00:10  81  firing
       10:00:15  74  recovering
       10:00:20  81  firing
       10:00:25  74  recovering
       10:00:30  73  normal      RESOLVED warning since 10:00:00 peak 81`,
    );
  });

  it('"resolved" twice', () => {
    expectStory(
      {},
      `10:00:00  91  firing  FIRING warning since 10:00:00 peak 91
       10:00:05  50  normal  RESOLVED warning since 10:00:00 peak 91
       10:00:10  50  normal
       10:00:05  50  normal  late`,
    );
  });

  it('"resolved" because data stopped: a silent hour ends nothing', () => {
    expectStory(
      { datapointsToClear: 2 },
      `10:00:00  91  firing      FIRING warning since 10:00:00 peak 91
       11:00:00  91  firing
       12:00:00  50  recovering
       13:00:00  50  normal      RESOLVED warning since 10:00:00 peak 91`,
    );
  });

  it('a backlog that fires early: `for` is measured by the times of the readings, not by their arrival', () => {
    expectStory(
      { for: '10m' },
      `10:00:00  91  pending
       10:05:00  91  pending
       10:06:00  50  normal`,
    );
  });

  it('late readings do not open a resolved incident again', () => {
    expectStory(
      {},
      `10:00:05  91  firing  FIRING warning since 10:00:05 peak 91
       10:00:10  50  normal  RESOLVED warning since 10:00:05 peak 91
       10:00:07  99  normal  late
       10:00:05  91  normal  late
       10:00:15  50  normal`,
    );
  });

  it('a breach after the end is a new incident', () => {
    const [rule] = rules({});
    const compiled = compileRule(rule as NonNullable<typeof rule>);
    const first = detect(undefined, reading('10:00:00', { temperature: 91 }), compiled);
    const over = detect(first.incident, reading('10:00:05'), compiled);
    const second = detect(over.incident, reading('10:00:10', { temperature: 91 }), compiled);
    expect(second.transition?.status).toBe('firing');
    expect(second.transition?.incidentId).not.toBe(first.transition?.incidentId);
  });
});

describe('a reading that changes nothing', () => {
  it.each([
    { what: 'well, with nothing wrong', before: [], next: 50 },
    { what: 'well, after an incident', before: [91, 50], next: 50 },
    { what: 'a breach below the peak', before: [91], next: 85 },
    { what: 'between the thresholds while firing', before: [91], next: 78 },
  ])('leaves the incident unchanged: $what', ({ before, next }) => {
    const [rule] = rules({});
    const compiled = compileRule(rule as NonNullable<typeof rule>);
    const known = before.reduce<ReturnType<typeof detect>['incident']>(
      (incident, temperature, i) =>
        detect(incident, reading(`10:00:0${i}`, { temperature }), compiled).incident,
      undefined,
    );
    expect(detect(known, reading('10:01:00', { temperature: next }), compiled).incident).toBe(known);
  });
});
