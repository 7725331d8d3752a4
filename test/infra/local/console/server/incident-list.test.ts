import { describe, expect, it } from 'vitest';
import { listIncidents, shortList } from '../../../../../infra/local/console/server/incident-list.ts';
import type { WatchedItem } from '../../../../../infra/local/console/server/state-watch.ts';
import type { Alert } from '../../../../../services/contract/alert.ts';

const time = (second: number) => new Date(Date.UTC(2026, 0, 31, 9, 30, second)).toISOString();

const alert = (
  incident_id: string,
  status: Alert['status'],
  second: number,
  more: Partial<Alert> = {},
): Alert => ({
  ...{ notification_id: `${incident_id}-${status}`, incident_id, status, severity: 'warning', rule: 'hot' },
  ...{
    device_id: `dev-${incident_id}`,
    site_id: 's',
    kind: 'threshold',
    metric: 'temperature',
    operator: '>',
    threshold: '80',
  },
  ...{
    value: 81,
    peak: 82,
    started_at: time(1),
    at: time(second),
    summary: `${status}`,
    timestamp_sent: '2026-01-31 09',
  },
  ...more,
});
const item = (more: Partial<WatchedItem>): WatchedItem => ({
  ...{ site_id: 's', device_id: 'dev-a', rule: 'hot', state: 'firing', at: time(9), outbox: [] },
  ...more,
});
const listAll = (alerts: Alert[], items: WatchedItem[] = [], isWhole = false) =>
  listIncidents(alerts, { items, isWhole }, () => ({ kind: 'threshold', metric: 'temperature' }));
const list = (...args: Parameters<typeof listAll>) => listAll(...args).incidents;

describe('the list of incidents', () => {
  it('has firing ones first, then recovering, pending and resolved ones, each with the newest first', () => {
    const alerts = [
      ...[alert('a', 'firing', 2), alert('b', 'firing', 3, { started_at: time(2) }), alert('c', 'firing', 4)],
      alert('c', 'resolved', 8),
    ];
    const incidents = list(alerts, [
      item({ incident_id: 'a', state: 'recovering' }),
      item({ device_id: 'dev-p', state: 'pending' }),
    ]);
    expect(incidents.map(({ id, state }) => `${id} ${state}`)).toEqual([
      ...['b firing', 'a recovering', 's/dev-p/hot pending', 'c resolved'],
    ]);
    expect(incidents.at(-1)).toMatchObject({ resolved_at: time(8), threshold: '> 80' });
  });

  it('shows each transition once, in order, even if it was published twice or late', () => {
    const [incident] = list([
      alert('a', 'escalated', 5, { severity: 'critical' }),
      alert('a', 'firing', 2),
      alert('a', 'firing', 2),
    ]);
    expect(incident?.timeline.map(({ status }) => status)).toEqual(['firing', 'escalated']);
  });

  it('does not reopen a resolved incident when its opening alert comes again', () => {
    const again = alert('a', 'firing', 2, { notification_id: 'other' });
    expect(list([alert('a', 'resolved', 9), again])[0]?.state).toBe('resolved');
    expect(list([alert('a', 'resolved', 9)], [item({ incident_id: 'a' })])[0]?.state).toBe('resolved');
  });

  it('shows what is decided but not published: while the topic is down there is nothing else to see', () => {
    const decided = item({
      incident_id: 'x',
      severity: 'critical',
      peak: 99,
      started_at: time(3),
    });
    expect(list([], [decided])).toEqual([
      {
        ...{ id: 'x', state: 'firing', site_id: 's', device_id: 'dev-a', rule: 'hot', metric: 'temperature' },
        ...{ severity: 'critical', peak: 99, started_at: time(3), timeline: [], kind: 'threshold' },
      },
    ]);
  });

  it('is limited in size where it goes with every change', () => {
    const many = Array.from({ length: 100 }, (_, i) => [
      alert(`i${i}`, 'firing', 1),
      alert(`i${i}`, 'resolved', 2),
    ]);
    expect(list(many.flat())).toHaveLength(100);
    expect(shortList(list(many.flat()))).toHaveLength(30);
  });

  it('counts all, also those that it does not list', () => {
    const state = (i: number) => (i < 500 ? 'firing' : i < 730 ? 'recovering' : 'pending');
    const items = Array.from({ length: 1_500 }, (_, i) =>
      item({
        ...{ device_id: `dev-${i}`, state: state(i), incident_id: i < 730 ? `i${i}` : undefined },
        outbox: i < 3 ? [alert(`i${i}`, 'firing', 1, { device_id: `dev-${i}` })] : [],
      }),
    );
    const resolved = Array.from({ length: 77 }, (_, i) => alert(`r${i}`, 'resolved', 2));
    const { incidents, counts } = listAll(resolved, items, true);
    expect(counts).toEqual({ firing: 500, recovering: 230, pending: 770, resolved: 77, unsent: 3 });
    expect(incidents).toHaveLength(1_577);
    expect(shortList(incidents)).toHaveLength(230);
  });

  it('goes by the state table, where that is known whole: an incident whose item was deleted is over', () => {
    const alerts = [alert('a', 'firing', 2), alert('b', 'firing', 3)];
    const items = [item({ incident_id: 'b', device_id: 'dev-b' })];
    expect(listAll(alerts, items, false).counts).toMatchObject({ firing: 2, resolved: 0 });
    const { incidents, counts } = listAll(alerts, items, true);
    expect(counts).toMatchObject({ firing: 1, resolved: 1 });
    expect(incidents.at(-1)).toMatchObject({ id: 'a', state: 'resolved', resolved_at: undefined });
  });

  it('shows an end that is decided and not published', () => {
    const resolved = alert('a', 'resolved', 9);
    const waiting = item({ state: 'normal', outbox: [resolved] });
    const { incidents, counts } = listAll([alert('a', 'firing', 2)], [waiting], true);
    expect(incidents).toMatchObject([{ id: 'a', state: 'resolved', resolved_at: time(9) }]);
    expect(counts).toMatchObject({ firing: 0, resolved: 1, unsent: 1 });
    expect(listAll([alert('a', 'firing', 2), resolved], [waiting], true).counts.unsent).toBe(0);
  });
});
