import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ALERT_STATUSES, type Alert } from '../../../services/contract/alert.ts';
import { compileRule } from '../../../services/detector/compile.ts';
import { digestKey, groupAlerts } from '../../../services/detector/digest.ts';
import { digestText, subjectOf } from '../../../services/detector/email.ts';
import { POINTERS, rules } from './support/harness.ts';

const RULES = new Map(
  rules(
    { name: 'hot', severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 90 }] },
    { name: 'cold', operator: '<', threshold: -20, recoveryThreshold: -18 },
    {
      name: 'odd',
      operator: 'outside',
      threshold: { min: 10, max: 40 },
      recoveryThreshold: { min: 12, max: 38 },
    },
  ).map((rule) => [rule.name, compileRule(rule)]),
);

function alert(peak: number, changes: Partial<Alert> = {}): Alert {
  return {
    notification_id: `n${peak}`,
    incident_id: `i${peak}`,
    ...{ status: 'firing', severity: 'warning', rule: 'hot', device_id: `pump-${peak}`, site_id: 'site-a' },
    kind: 'threshold',
    ...{ metric: 'temperature', operator: '>', threshold: '80', value: peak, peak },
    started_at: '2026-01-31T09:30:05.000Z',
    at: '2026-01-31T09:30:15.000Z',
    summary: 'Too hot',
    timestamp_sent: '2026-01-31 09',
    ...changes,
  };
}
const peaks = (groups: Alert[][]) => groups.map((group) => group.map(({ peak }) => peak));

describe('a digest', () => {
  it('has the worst first: by severity, then by how far past the threshold', () => {
    const values = [96, 81, 99, 95, 85, 120, 83];
    const alerts = values.map((peak) => alert(peak, { severity: peak > 90 ? 'critical' : 'warning' }));
    expect(peaks(groupAlerts(alerts, RULES))).toEqual([[120, 99, 96, 95, 85, 83, 81]]);
  });

  it('knows which way is worse, below a threshold and on both sides of a range', () => {
    const cold = [-21, -40, -22, -90, -25, -30].map((peak) => alert(peak, { rule: 'cold' }));
    const odd = [41, 5, -30, 60, 9, 45].map((peak) => alert(peak, { rule: 'odd' }));
    expect(peaks(groupAlerts([...cold, ...odd], RULES))).toEqual([
      [-90, -40, -30, -25, -22, -21],
      [-30, 60, 5, 45, 41, 9],
    ]);
  });

  it('that is over has the worst peak first, whatever the last values are', () => {
    const over = [91, 97, 93, 99, 95, 90].map((peak) =>
      alert(peak, { status: 'resolved', value: 100 - peak }),
    );
    expect(peaks(groupAlerts(over, RULES))).toEqual([[99, 97, 95, 93, 91, 90]]);
  });

  it('names the twenty worst of five hundred, and counts the rest', () => {
    const many = Array.from({ length: 500 }, (_, i) => alert(81 + ((i * 7) % 500)));
    const [group = []] = groupAlerts(many, RULES);
    const text = digestText(group, undefined, POINTERS);
    const named = [...text.matchAll(/^pump-(\S+) /gm)].map(([, peak]) => Number(peak));
    expect(named).toEqual(Array.from({ length: 20 }, (_, i) => 580 - i));
    expect(text).toContain('and 480 more');
  });

  it('counts a device at each of its sites: names are their site’s own', () => {
    const same = ['berlin', 'paris', 'rome', 'oslo', 'wien', 'bonn'].map((site_id, i) =>
      alert(81 + i, { site_id, device_id: 'sensor-1' }),
    );
    expect(subjectOf(same)).toBe('FIRING warning: hot - 6 devices, 6 sites');
    expect(digestText(same, undefined, POINTERS)).toContain('hot: 6 devices firing at 6 sites');
  });
});

describe('what has waited for its turn', () => {
  const some = fc.array(
    fc.record({
      incident: fc.integer({ min: 0, max: 5 }),
      status: fc.constantFrom(...ALERT_STATUSES),
    }),
    { minLength: 6, maxLength: 18 },
  );
  const rank = ({ status }: Alert) => ALERT_STATUSES.indexOf(status);

  it('comes first, but never something later about an incident before something earlier', () => {
    fc.assert(
      fc.property(some, fc.subarray(['firing hot', 'escalated hot', 'resolved hot']), (list, waiting) => {
        const alerts = list.map(({ incident, status }, i) =>
          alert(i, { incident_id: `i${incident}`, status }),
        );
        const groups = groupAlerts(alerts, RULES, new Set(waiting));
        const told = groups.flat();
        const left = alerts.filter((one) => !told.includes(one));
        for (const [i, one] of told.entries()) {
          const after = [...told.slice(i), ...left].filter(
            ({ incident_id }) => incident_id === one.incident_id,
          );
          expect(Math.min(...after.map(rank))).toBe(rank(one));
        }
        // Nothing is left out that is first of its incident.
        for (const one of left) {
          expect(told.some((other) => other.incident_id === one.incident_id)).toBe(true);
        }
        const first = groups[0]?.[0];
        if (left.length === 0 && first && alerts.some((one) => waiting.includes(digestKey(one))))
          expect(waiting).toContain(digestKey(first));
      }),
    );
  });

  it('is complete when nothing has waited', () => {
    fc.assert(
      fc.property(some, (list) => {
        const alerts = list.map(({ incident, status }, i) =>
          alert(i, { incident_id: `i${incident}`, status }),
        );
        expect(new Set(groupAlerts(alerts, RULES).flat())).toEqual(new Set(alerts));
      }),
    );
  });
});
