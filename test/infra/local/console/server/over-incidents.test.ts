import { expect, it } from 'vitest';
import { createOver } from '../../../../../infra/local/console/server/over-incidents.ts';
import { ALERT_COLUMNS } from '../../../../../services/contract/alert.ts';

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

/** An Athena with such rows, which counts what it is asked. */
function athena(alerts: Record<string, string>[], total: number, state = 'SUCCEEDED') {
  const asked: string[] = [];
  const row = (values: (string | undefined)[]) => ({
    Data: values.map((value) => (value === undefined ? {} : { VarCharValue: value })),
  });
  const names = [...ALERT_COLUMNS.map(({ name }) => name), 'total'];
  const call = async (operation: string, body: unknown): Promise<object> => {
    if (operation === 'StartQueryExecution') {
      asked.push((body as { QueryString: string }).QueryString);
      return { QueryExecutionId: 'q' };
    }
    if (operation === 'GetQueryExecution')
      return {
        QueryExecution: {
          ...{ StatementType: 'DML', Status: { State: state, StateChangeReason: 'TABLE_NOT_FOUND' } },
          Statistics: { DataScannedInBytes: 12_000, TotalExecutionTimeInMillis: 1 },
        },
      };
    const rows = alerts.map((alert) => row([...ALERT_COLUMNS.map(({ name }) => alert[name]), `${total}`]));
    const ColumnInfo = names.map((Name) => ({ Name, Type: 'varchar' }));
    return { ResultSet: { Rows: [row(names), ...rows], ResultSetMetadata: { ColumnInfo } } };
  };
  return { asked, queries: { call, workGroup: 'w', database: 'd' } };
}

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
  expect(asked[0]).toContain("dt >= '2026-01-25'");
  nowMs += 59_000;
  await over(7);
  expect(asked).toHaveLength(1);
  await over(1);
  expect(asked[1]).toContain("dt >= '2026-01-31'");
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
