import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../services/contract/rule.ts';
import { toAlert } from '../../../services/detector/alert-row.ts';
import { compileRule } from '../../../services/detector/compile.ts';
import { detect, type Transition } from '../../../services/detector/detect.ts';
import type { Incident } from '../../../services/detector/incident.ts';
import type { DatedOutlook } from '../../../services/detector/usual.ts';
import { clock, reading } from './support/batch.ts';

const unusual = (fields: Record<string, unknown> = {}) =>
  compileRule(
    parseRules({
      rules: [
        {
          ...{ name: 'cpu-unusual', kind: 'unusual', metric: 'cpu', severity: [{ severity: 'warning' }] },
          ...fields,
        },
      ],
    })[0] as never,
  );

const PERIOD_MS = 5 * 60_000;

/** An hour at `level` at a time of the day, of a device whose hours are 30 ± 9 at medium sensitivity. */
const outlook = (level: number, time = '01:00:00'): DatedOutlook => ({
  period: Math.floor(clock(time) / PERIOD_MS) * PERIOD_MS,
  level,
  before: { n: 2650, mean: 30, fast: 0, power: (9 / Math.cbrt(2.3 * 2.3 * 2)) ** 2, peak: 1 },
  z: Math.abs(level - 30) / (9 / Math.cbrt(2.3 * 2.3 * 2)),
  isLearnt: true,
});

/** What happens when the model is looked at: time, mean of the hour, the state afterwards. */
function story(text: string, rule = unusual()) {
  let incident: Incident | undefined;
  const alerts: string[] = [];
  const transitions: Transition[] = [];
  for (const line of text.trim().split('\n')) {
    const [time = '', level = '', state = ''] = line.trim().split(/\s+/);
    const seen = reading(time, { cpu: 99 });
    const known = level === '–' ? {} : { outlook: outlook(Number(level), time) };
    const step = detect(incident, seen, rule, known);
    expect(`${time} ${step.incident?.state ?? 'normal'}`).toBe(`${time} ${state}`);
    incident = step.incident;
    if (step.transition === undefined) continue;
    transitions.push(step.transition);
    alerts.push(toAlert(step.transition, seen, rule, clock(time)).summary);
  }
  return { alerts, transitions };
}

describe('the kind unusual', () => {
  it('judges the hour, and only where the model was looked at', () => {
    const { alerts, transitions } = story(`
      01:00:00  30  normal
      01:05:00  –   normal
      01:10:00  78  pending
      01:10:05  –   pending
      01:15:00  80  firing
      01:15:05  –   firing
      01:20:00  60  firing
      01:25:00  31  recovering
      02:25:00  50  firing
      03:00:00  31  recovering
      05:55:00  29  recovering
      06:00:00  31  normal
    `);
    expect(alerts).toEqual([
      'cpu unusual on pump-1 (site-a): cpu has been 80 % over the last hour; normally 21 to 39 %',
      'Over: cpu unusual on pump-1 (site-a), cpu has been 31 % over the last hour, as normal: 21 to 39 %',
    ]);
    expect(
      transitions.map(({ status, value, peak, startedAt }) => [status, value, peak, startedAt.slice(11, 19)]),
    ).toEqual([
      ['firing', 80, 80, '01:10:00'],
      ['resolved', 31, 80, '01:10:00'],
    ]);
  });

  it('asks for a second look, at a later period, before it tells anybody', () => {
    const { alerts } = story(`
      01:00:00  78  pending
      01:01:00  78  pending
      01:04:59  78  pending
      01:05:00  31  normal
      02:00:00  78  pending
      03:00:00  70  firing
    `);
    expect(alerts).toHaveLength(1);
  });

  it('says that something has become normal, instead of that it is well again', () => {
    const rule = unusual({ keepFiringFor: '0s' });
    const pending = detect(undefined, reading('01:00:00'), rule, { outlook: outlook(60) });
    const firing = detect(pending.incident, reading('01:05:00'), rule, { outlook: outlook(60, '01:05:00') });
    const learnt: DatedOutlook = { ...outlook(61), before: { ...outlook(61).before, mean: 58 }, z: 0.2 };
    const later = reading('12:00:00');
    const { transition } = detect(firing.incident, later, rule, { outlook: learnt });
    expect(transition?.status).toBe('resolved');
    expect(toAlert(transition as Transition, later, rule, 0).summary).toBe(
      'Over: cpu unusual on pump-1 (site-a), this has become normal: cpu has been 61 % over the last hour, ' +
        'not 21 to 39 % as before',
    );
  });

  it('has an alert with the band, and no more of it than the metric can reach', () => {
    const rule = unusual({ sensitivity: 'low' });
    const at = { ...outlook(90), before: { ...outlook(90).before, power: 400 }, z: 9 };
    const { incident } = detect(undefined, reading('01:00:00'), rule, { outlook: at });
    const seen = reading('01:05:00');
    const later = { ...at, period: clock('01:05:00') };
    const { transition } = detect(incident, seen, rule, { outlook: later });
    expect(toAlert(transition as Transition, seen, rule, 0)).toMatchObject({
      ...{ kind: 'unusual', metric: 'cpu', operator: 'unusual', threshold: 'low' },
      ...{
        value: 90,
        peak: 90,
        band_min: 0,
        band_max: expect.closeTo(30 + 20 * Math.cbrt(2.8 * 2.8 * 2), 6),
      },
    });
  });

  it('makes the same incident of the same look, however often it is looked', () => {
    const once = detect(undefined, reading('01:00:00'), unusual(), { outlook: outlook(60) });
    const again = detect(undefined, reading('01:00:00'), unusual(), { outlook: outlook(60) });
    expect(again).toEqual(once);
    expect(detect(once.incident, reading('01:00:00'), unusual(), { outlook: outlook(60) })).toEqual({
      incident: once.incident,
      late: true,
    });
  });
});
