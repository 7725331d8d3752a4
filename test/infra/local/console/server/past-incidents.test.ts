import { expect, it } from 'vitest';
import { createPast } from '../../../../../infra/local/console/server/past-incidents.ts';
import { ALERT_COLUMNS } from '../../../../../services/contract/alert.ts';
import { athenaOf } from './support/athena.ts';

const ID = '0123456789abcdef01234567';
const alert: Record<string, string> = {
  ...{
    notification_id: 'n',
    incident_id: ID,
    status: 'firing',
    severity: 'critical',
    rule: 'hot',
    kind: 'unusual',
  },
  ...{
    device_id: 'dev-1',
    site_id: 'north',
    metric: 'cpu',
    operator: 'unusual',
    threshold: 'low',
    value: '95.5',
  },
  ...{ peak: '97', band_min: '20', band_max: '40', started_at: '2026-01-31T09:30:00.000Z' },
  ...{ at: '2026-01-31T09:31:00.000Z', summary: 'cpu unusual', timestamp_sent: '2026-01-31 09' },
};
it('an incident whose alerts are not kept here comes from the lake, and is asked for once a minute', async () => {
  let nowMs = Date.parse('2026-02-01T00:00:00Z');
  const names = ALERT_COLUMNS.map(({ name }) => name);
  const { asked, queries } = athenaOf(names, [names.map((name) => alert[name]), ['x']]);
  const past = createPast(
    queries,
    'alerts',
    () => ({}),
    () => nowMs,
  );
  expect(await past(ID)).toMatchObject({
    ...{ id: ID, state: 'resolved', resolved_at: undefined, device_id: 'dev-1', peak: 97 },
    band: { min: 20, max: 40 },
    timeline: [{ status: 'firing', value: 95.5 }],
  });
  await past(ID);
  expect(asked).toHaveLength(1);
  nowMs += 60_000;
  await past(ID);
  expect(asked).toHaveLength(2);
  expect(await past('north/dev-1/hot')).toBeUndefined();
  expect(asked).toHaveLength(2);
});
