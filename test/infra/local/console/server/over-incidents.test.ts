import { expect, it } from 'vitest';
import { createOver } from '../../../../../infra/local/console/server/over-incidents.ts';
import { ALERT_COLUMNS } from '../../../../../services/contract/alert.ts';
import { athenaOf } from './support/athena.ts';

const lastAlert = (incident_id: string, status: string, at: string): Record<string, string> => ({
  ...{ notification_id: `${incident_id}-${status}`, incident_id, status, severity: 'critical', rule: 'hot' },
  ...{
    kind: 'threshold',
    device_id: 'dev-1',
    site_id: 'north',
    metric: 'cpu',
    operator: '>',
    threshold: '80',
  },
  ...{ value: '81', peak: '97', started_at: '2026-01-31T09:30:00.000Z', at, summary: 'cpu high' },
  timestamp_sent: '2026-01-31 09',
});

/** An Athena with such rows. */
const athena = (alerts: Record<string, string>[], total: number, state?: string) => {
  const names = ALERT_COLUMNS.map(({ name }) => name);
  const rows = alerts.map((alert) => [...names.map((name) => alert[name]), `${total}`]);
  return athenaOf([...names, 'total'], rows, state);
};

it('incidents that are over come from the lake, with their number and the price, and are asked for once a minute', async () => {
  let nowMs = Date.parse('2026-02-01T12:00:00Z');
  const { asked, queries } = athena(
    [
      lastAlert('b'.repeat(24), 'firing', '2026-01-31T10:00:00.000Z'),
      lastAlert('a'.repeat(24), 'resolved', '2026-01-31T09:40:00.000Z'),
    ],
    12_345,
  );
  const over = createOver(
    queries,
    'alerts',
    () => ({}),
    () => nowMs,
  );
  const { incidents, asked: lake } = await over(7);
  // Without an item in the state table, it was ended by hand.
  expect(incidents.map(({ id, state, resolved_at }) => [id[0], state, resolved_at])).toEqual([
    ['a', 'resolved', '2026-01-31T09:40:00.000Z'],
    ['b', 'resolved', undefined],
  ]);
  expect(lake).toEqual({
    ...{ days: 7, at: '2026-02-01T12:00:00.000Z', total: 12_345, listed: 2 },
    ...{ scannedBytes: 12_000, cost: 0.00005 },
  });
  expect(asked[0]?.sql).toContain("dt >= '2026-01-25'");
  nowMs += 59_000;
  await over(7);
  expect(asked).toHaveLength(1);
  await over(1);
  expect(asked[1]?.sql).toContain("dt >= '2026-01-31'");
  nowMs += 2_000;
  await over(7);
  expect(asked).toHaveLength(3);
});

it('a lake that cannot be asked says why, and is not asked again every second', async () => {
  const { asked, queries } = athena([], 0, 'FAILED');
  const over = createOver(
    queries,
    'alerts',
    () => ({}),
    () => 0,
  );
  const reason = 'The lake could not be asked for incidents: TABLE_NOT_FOUND';
  await expect(over(7)).rejects.toThrow(reason);
  await expect(over(7)).rejects.toThrow(reason);
  expect(asked).toHaveLength(1);
});
