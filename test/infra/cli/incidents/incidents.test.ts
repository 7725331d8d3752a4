import type { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { acknowledge, requestClose } from '../../../../infra/cli/incidents/act.ts';
import { incidentsLike, listIncidents } from '../../../../infra/cli/incidents/list.ts';
import { itemKeyOf, toOpenIncident } from '../../../../infra/cli/incidents/open-incident.ts';
import { WHOLE_SITE } from '../../../../services/contract/alert.ts';
import { createIncidentStore, VersionConflict } from '../../../../services/detector/incident-store.ts';
import { keyOf, toItem } from '../../../../services/detector/stored-incident.ts';
import { firing, openStateTable, over } from './support/state-table.ts';

const DEED = { by: 'anna', at: '2026-01-31T09:40:00.000Z', comment: 'pump swap' };
const ids = (incidents: readonly { incident_id: string }[]) => incidents.map(({ incident_id: id }) => id);

describe('an open incident', () => {
  it('is read from what the detector writes', () => {
    const item = { ...firing({ id: 'aa11', site: 'north', device: 'dev-1' }), outbox: [{}, {}] as never[] };
    expect(toOpenIncident(toItem(item, undefined))).toEqual({
      ...{ incident_id: 'aa11', site_id: 'north', device_id: 'dev-1', rule: 'temperature-high' },
      ...{ state: 'firing', severity: 'warning', started_at: '2026-01-31T09:30:05.000Z', peak: 90 },
      ...{ at: '2026-01-31T09:30:05.000Z', sent_from: '2026-01-31 09', untold: 2 },
    });
  });

  it('is where the detector has it, also that of a whole site', () => {
    for (const device of ['dev-1', WHOLE_SITE]) {
      const stored = firing({ id: 'aa11', device });
      const incident = toOpenIncident(toItem(stored, undefined));
      expect(incident?.device_id).toBe(device);
      expect(incident && itemKeyOf(incident)).toEqual(keyOf(stored));
    }
  });

  it('is not an item whose incident is over, one of another shape, or none', () => {
    expect(toOpenIncident(toItem(over('north', 'dev-1'), undefined))).toBeUndefined();
    expect(toOpenIncident({ site_id: { S: 'north' }, device_rule: { S: '#roster' } })).toBeUndefined();
    expect(toOpenIncident(undefined)).toBeUndefined();
  });
});

describe('the list', () => {
  it('has the worst first, then the oldest; filters choose', async () => {
    const table = await openStateTable([
      ...Array.from({ length: 60 }, (_, i) => firing({ id: `b0${10 + i}`, site: `site-${i % 10}` })),
      ...Array.from({ length: 40 }, (_, i) => over('north', `was-${i}`)),
      firing({ id: 'c1', severity: 'critical', startedAt: '2026-01-31T09:31:00.000Z', rule: 'disk-full' }),
      firing({ id: 'c0', severity: 'critical', startedAt: '2026-01-31T09:30:59.000Z', rule: 'disk-slow' }),
    ]);
    const all = await listIncidents(table);
    expect(all).toHaveLength(62);
    expect(ids(all).slice(0, 3)).toEqual(['c0', 'c1', 'b010']);

    expect(await listIncidents(table, { sites: ['site-7'] })).toHaveLength(6);
    expect(ids(await listIncidents(table, { rules: ['disk-*'], severity: 'warning' }))).toEqual(['c0', 'c1']);
    expect(ids(await listIncidents(table, { severity: 'critical' }))).toEqual(['c0', 'c1']);
    const sinceMs = Date.parse('2026-01-31T09:31:00.000Z');
    expect(ids(await listIncidents(table, { sinceMs }))).toEqual(['c1']);

    expect(ids(await incidentsLike(table, 'b01'))).toHaveLength(10);
    expect(ids(await incidentsLike(table, 'c1'))).toEqual(['c1']);
    expect(await incidentsLike(table, 'd')).toEqual([]);
  });

  it('reads every page of every segment', async () => {
    const pages = (command: ScanCommand) => {
      const { Segment, ExclusiveStartKey } = command.input;
      const page = Number(ExclusiveStartKey?.page?.N ?? 0);
      const id = `${Segment}-${page}`;
      return {
        Items: [toItem(firing({ id }), undefined)],
        ...(page < 2 && { LastEvaluatedKey: { page: { N: String(page + 1) } } }),
      };
    };
    const client = { send: async (command: ScanCommand) => pages(command) } as unknown as DynamoDBClient;
    const found = await listIncidents({ client, name: 'state' });
    expect(ids(found)).toEqual(
      [0, 1, 2, 3].flatMap((segment) => [0, 1, 2].map((page) => `${segment}-${page}`)),
    );
  });
});

describe('what a person does', () => {
  it('is noted with who, when and why, and a detector that has read the item before reads it again', async () => {
    const table = await openStateTable([firing({ id: 'aa11', device: 'dev-1' })]);
    const store = createIncidentStore(table.client, table.name, Date.now);
    const [read] = (await store.site('north')).items;
    const [incident] = await listIncidents(table);
    if (!read || !incident) throw new Error('Expected the incident');

    expect((await acknowledge(table, incident, DEED))?.acknowledged).toEqual(DEED);
    await expect(store.save(read, 1000)).rejects.toThrow(VersionConflict);
    expect((await requestClose(table, incident, { ...DEED, by: 'ben' }))?.close_requested?.by).toBe('ben');
    expect(await listIncidents(table)).toEqual([
      { ...incident, acknowledged: DEED, close_requested: { ...DEED, by: 'ben' } },
    ]);
  });

  it('changes nothing where the incident is over, or another one has taken its place', async () => {
    const table = await openStateTable([over('north', 'dev-1'), firing({ id: 'bb22', device: 'dev-2' })]);
    for (const device of ['dev-1', 'dev-2', 'dev-3']) {
      const gone = toOpenIncident(toItem(firing({ id: 'aa11', device }), undefined));
      if (!gone) throw new Error('Expected the incident');
      expect(await acknowledge(table, gone, DEED)).toBeUndefined();
      expect(await requestClose(table, gone, DEED)).toBeUndefined();
    }
    expect((await listIncidents(table)).map(({ acknowledged }) => acknowledged)).toEqual([undefined]);
  });
});
