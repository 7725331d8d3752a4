import { describe, expect, it } from 'vitest';
import type { OpenIncident } from '../../../../infra/cli/incidents/open-incident.ts';
import { onlyOne, parseId } from '../../../../infra/commands/incidents/choose.ts';
import { readingsQuery, seriesOf } from '../../../../infra/commands/incidents/history.ts';
import {
  describeIncident,
  renderReadings,
  renderTimeline,
} from '../../../../infra/commands/incidents/story.ts';
import { renderIncidents } from '../../../../infra/commands/incidents/table.ts';
import { alert } from '../../../services/notifier/support/alerts.ts';

const NOW = Date.parse('2026-01-31T11:30:00.000Z');
const ID = '3fa9c1d2e4b5a69788990011';
const OUTPUTS = { DatabaseName: 'lake', ReadingsTableName: 'readings' } as never;

const open = (more: Partial<OpenIncident> = {}): OpenIncident => ({
  ...{ incident_id: ID, site_id: 'north', device_id: 'pump-7', rule: 'temperature-high', state: 'firing' },
  ...{ severity: 'critical', started_at: '2026-01-31T09:30:05.000Z', peak: 97.1234 },
  ...{ at: '2026-01-31T09:30:15.000Z', sent_from: '2026-01-31 09', untold: 0 },
  ...more,
});
const ANNA = { by: 'anna', at: '2026-01-31T09:40:00.000Z' };
const firing = alert({ incident_id: ID, site_id: 'north', device_id: 'pump-7' });
const resolved = alert({
  ...firing,
  ...{ notification_id: 'n-2', status: 'resolved', at: '2026-01-31T10:00:00.000Z' },
  ...{ summary: 'Over', closed_by: 'anna', comment: 'swapped' },
});

describe('the table of open incidents', () => {
  it('counts by severity and tells what is special, below the line where there is no room beside it', () => {
    const incidents = [
      open({ acknowledged: ANNA }),
      open({ incident_id: `4${ID.slice(1)}`, severity: 'warning', state: 'recovering', untold: 1 }),
    ];
    expect(renderIncidents(incidents, 2, NOW, 80)).toBe(
      [
        '2 incidents are open: 1 critical, 1 warning',
        '',
        'severity  for  id        rule              device (site)   peak',
        'critical  1 h  3fa9c1d2  temperature-high  pump-7 (north)  97.12  anna has it',
        'warning   1 h  4fa9c1d2  temperature-high  pump-7 (north)  97.12',
        '          recovering, not told yet',
        '',
      ].join('\n'),
    );
  });

  it('does not call it a quiet night where only nothing fits', () => {
    expect(renderIncidents([], 0, NOW, 80)).toBe('Nothing is open.\n');
    expect(renderIncidents([], 1, NOW, 80)).toMatch(/^The only open incident is not of this site, /);
    expect(renderIncidents([], 1200, NOW, 80)).toMatch(/^None of the 1,200 open incidents is of this site, /);
  });

  it('shows as much of the ids as tells them apart, and a hundred rows', () => {
    const incidents = Array.from({ length: 120 }, (_, i) =>
      open({ incident_id: `aaaaaaaaaa${String(i).padStart(14, '0')}` }),
    );
    const lines = renderIncidents(incidents, 120, NOW, 120).split('\n');
    expect(lines.at(-2)).toBe('… and 20 more: filter them, or --json gives all');
    expect(lines[3]).toContain(' aaaaaaaaaa00000000000000 ');
  });
});

describe('an id', () => {
  it('may be short, and several candidates are listed', () => {
    expect(parseId('3FA9')).toBe('3fa9');
    for (const text of ['3fa', 'pump', "' OR 1", '']) expect(() => parseId(text)).toThrow('Expected the id');
    const two = [open(), open({ incident_id: `3fa9c1d2f${ID.slice(9)}`, device_id: 'pump-8' })];
    expect(onlyOne('3fa9', two.slice(0, 1))).toBe(two[0]);
    expect(onlyOne('3fa9', [])).toBeUndefined();
    expect(() => onlyOne('3fa9', two)).toThrow(
      [
        '2 incidents begin with 3fa9. Which one?',
        '  3fa9c1d2e  critical temperature-high on pump-7 (north)',
        '  3fa9c1d2f  critical temperature-high on pump-8 (north)',
      ].join('\n'),
    );
  });
});

describe('the story of an incident', () => {
  it('is told while it is open', () => {
    const known = { open: open({ acknowledged: { ...ANNA, comment: 'on my way' } }), alerts: [firing] };
    expect(describeIncident(known, NOW)).toBe(
      [
        `Incident   ${ID}`,
        'Rule       temperature-high',
        'On         pump-7 (north)',
        'State      firing, critical',
        'Since      2026-01-31 09:30:05 UTC, 1 h 59 min ago',
        'Peak       97.12 °C',
        'Looked at  by anna, 2026-01-31 09:40:00 UTC: on my way',
        '',
      ].join('\n'),
    );
    expect(renderTimeline(known, 80)).toBe(
      [
        'Timeline (UTC)',
        '2026-01-31 09:30:05  pending          the first breach',
        '2026-01-31 09:30:15  firing critical  Too hot & <rising>: 96.25 °C',
        '2026-01-31 09:40:00  acknowledged     by anna: on my way',
        '',
      ].join('\n'),
    );
  });

  it('is told when it is over, from the lake alone: who ended it, and what nobody was told', () => {
    const known = { open: undefined, alerts: [{ ...firing, silenced_by: 'swap-1' }, resolved] };
    const text = describeIncident(known, NOW);
    expect(text).toContain('State      resolved\nSince      2026-01-31 09:30:05 UTC, for 29 min 55 s\n');
    const timeline = renderTimeline(known, 100);
    expect(timeline).toContain('told nobody: silence swap-1; Too hot');
    expect(timeline).toContain('2026-01-31 10:00:00  resolved critical  closed by anna: swapped; Over\n');
  });

  it('is told before its first alert is in the lake', () => {
    const timeline = renderTimeline({ open: open({ untold: 1 }), alerts: [] }, 80);
    expect(timeline).toContain('2026-01-31 09:30:05  began\n');
    expect(timeline).toContain('have not reached the lake yet');
  });
});

describe('the readings of an incident', () => {
  it('are those of its device, from ten minutes before it, and of no more than two hours', () => {
    expect(readingsQuery(undefined, [firing, resolved], OUTPUTS, NOW)).toBe(
      [
        'SELECT device_id, "timestamp", temperature',
        'FROM "lake"."readings"',
        "WHERE dt = '2026-01-31' AND hour BETWEEN '09' AND '12'",
        "  AND site_id = 'north'",
        "  AND device_id = 'pump-7'",
        `  AND "timestamp" BETWEEN '2026-01-31T09:20:05.000Z' AND '2026-01-31T10:10:00.000Z'`,
        'ORDER BY device_id, "timestamp"',
      ].join('\n'),
    );
    const later = readingsQuery(open(), [firing], OUTPUTS, NOW + 86_400_000);
    expect(later).toContain("AND '2026-01-31T11:40:05.000Z'");
    expect(later).toContain("hour BETWEEN '09' AND '12'");
  });

  it('are of all metrics where no alert says which, and none of a whole site', () => {
    expect(readingsQuery(open(), [], OUTPUTS, NOW)).toContain('temperature, cpu, ram, hd');
    expect(readingsQuery(open({ device_id: '*' }), [], OUTPUTS, NOW)).toBeUndefined();
  });

  it('are drawn', () => {
    const column = (name: string) => ({ name, type: 'double' });
    const rows = [
      ['20', null],
      ['21.5', null],
      ['88', '7'],
    ];
    const result = { columns: [column('temperature'), column('cpu')], rows, scannedBytes: 0, durationMs: 1 };
    expect(renderReadings(seriesOf(result))).toBe('temperature  ▁▁█  20 to 88 °C\n');
    expect(renderReadings([])).toContain('No readings');
  });
});
