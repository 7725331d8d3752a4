import { describe, expect, it } from 'vitest';
import type { About, ListedIncident } from '../../infra/local/console/page-state.ts';

/** The page's scripts have types of their own. */
const script: string = '../../infra/local/console/page/words.js';
const { measure, subjectOf, worstOf } = (await import(script)) as {
  measure(about: About, incident: ListedIncident, value: number): string;
  subjectOf(incident: ListedIncident): string;
  worstOf(about: About, incident: ListedIncident): [string, string][];
};

const about = { metrics: [{ name: 'temperature', unit: '°C', label: 'Temperature' }] } as unknown as About;
const incident = (more: Partial<ListedIncident>): ListedIncident => ({
  ...{ id: 'i', state: 'firing', site_id: 's', device_id: 'd', rule: 'r', started_at: '', timeline: [] },
  ...{ kind: 'threshold', metric: 'temperature' },
  ...more,
});

describe('an incident on the page', () => {
  it.each([
    [{ peak: 93.44, threshold: '> 90' }, 'peak 93.4 °C, threshold > 90 °C'],
    [{ peak: 2.5e-9, threshold: '> 1e-9' }, 'peak 2.5e-9 °C, threshold > 1e-9 °C'],
    [{ state: 'pending' }, 'peak , threshold '],
    [{ kind: 'stuck', peak: 47.38, normal: '40 s at most' }, 'stuck at 47.4 °C, usually for 40 s at most'],
    [{ kind: 'noisy', peak: 14, normal: '0.3' }, 'steps of 14.0 °C, normally 0.3 °C'],
    [{ kind: 'unusual', peak: 78, normal: '20 to 38' }, 'an hour at 78.0 °C, normally 20 to 38 °C'],
    [{ kind: 'silent', metric: undefined, peak: 360, threshold: '5m' }, 'silent for 6 min, told after 5m'],
  ] as [Partial<ListedIncident>, string][])('of %o is said so', (more, words) => {
    const parts = worstOf(about, incident(more));
    expect(parts.map(([label, text]) => `${label} ${text}`).join(', ')).toBe(words);
  });

  it('of a whole site names no device', () => {
    expect(subjectOf(incident({ device_id: '*' }))).toBe('whole site');
    expect(measure(about, incident({ kind: 'silent', metric: undefined }), 360)).toBe('6 min');
  });
});
