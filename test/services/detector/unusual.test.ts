/** A rule about the unusual in the whole detector: environments, repeats, and a table of models that may fail. */
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../services/contract/rule.ts';
import { MODEL_PERIOD_MS } from '../../../services/detector/site-model.ts';
import { at, chance, environments, readingAt } from './support/fleet.ts';
import { knownTo, modelTable } from './support/model-table.ts';

const RULES = parseRules({
  rules: [
    {
      ...{ name: 'cpu-unusual', kind: 'unusual', metric: 'cpu', severity: [{ severity: 'warning' }] },
      selector: { devices: ['dev-*'] },
    },
    { name: 'hot', metric: 'temperature', operator: '>', threshold: 80, severity: [{ severity: 'warning' }] },
  ],
});
const PERIOD = MODEL_PERIOD_MS / 1000;
const HOUR = 3600;
const DAY = 24 * HOUR;
const SHIFT = { from: 3 * DAY, to: 3 * DAY + 4 * HOUR };

interface Trouble {
  environments: number;
  repeats: number;
  /** Share of writes of models that fail. */
  failing: number;
}

/** Three days of a fleet, and a fourth in which dev-1 is busier for four hours. */
async function fourDays(trouble: Trouble, periods = (4 * DAY) / PERIOD) {
  const random = chance(11);
  const table = modelTable();
  const models = { store: table, periodMs: MODEL_PERIOD_MS };
  const world = environments(RULES, trouble.environments, random, models);
  const noise = chance(3);
  for (let i = 0; i < periods; i += 1) {
    const second = i * PERIOD;
    const cpu = (device: number) =>
      30 +
      8 * Math.sin((second / DAY) * 2 * Math.PI) +
      4 * noise() +
      (device === 1 && second >= SHIFT.from && second < SHIFT.to ? 25 : 0);
    const readings = ['dev-0', 'dev-1', 'dev-2', 'other'].map((id, device) =>
      readingAt(second + device / 1000, id, { cpu: cpu(device) }),
    );
    table.failing = random() < trouble.failing;
    await world.deliver({ second, readings });
    table.failing = false;
    if (random() < trouble.repeats) await world.replay(1 + Math.floor(random() * 5));
  }
  return { world, table };
}

describe('a rule about the unusual', () => {
  it('tells of a device that is busier than usual, once, and when that is over', async () => {
    const { world } = await fourDays({ environments: 1, repeats: 0, failing: 0 });
    const [fired, over, ...others] = world.alerts();
    expect(others).toEqual([]);
    expect(fired).toMatchObject({ status: 'firing', kind: 'unusual', device_id: 'dev-1', metric: 'cpu' });
    expect(Date.parse(fired?.at ?? '')).toBeLessThan(Date.parse(at(SHIFT.from + 2 * HOUR)));
    expect(fired?.summary).toMatch(
      /: cpu has been [\d.]+ % over the last hour; normally [\d.]+ to [\d.]+ %$/,
    );
    expect(fired?.band_max).toBeLessThan(fired?.value ?? 0);
    expect(over).toMatchObject({ status: 'resolved', incident_id: fired?.incident_id });
    expect(Date.parse(over?.at ?? '')).toBeGreaterThan(Date.parse(at(SHIFT.to + 2 * HOUR)));
  });

  it('tells the same, however batches are shared out and repeated', async () => {
    const quiet = await fourDays({ environments: 1, repeats: 0, failing: 0 });
    const rough = await fourDays({ environments: 4, repeats: 0.2, failing: 0 });
    const told = (alerts: ReturnType<typeof quiet.world.alerts>) => [
      ...new Map(alerts.map((alert) => [alert.notification_id, alert])).values(),
    ];
    expect(told(rough.world.alerts())).toEqual(told(quiet.world.alerts()));
    expect(knownTo(rough.table)).toEqual(knownTo(quiet.table));
    expect([...rough.table.items.values()].map(({ devices }) => devices?.S)).toEqual(['dev-0 dev-1 dev-2']);
  });

  it('holds up nothing else when its table refuses writes, and learns with the next batch', async () => {
    const { world, table } = await fourDays({ environments: 2, repeats: 0, failing: 0.5 }, 100);
    const hot = readingAt(100 * PERIOD, 'dev-2', { temperature: 95 });
    table.failing = true;
    await world.deliver({ second: 100 * PERIOD, readings: [hot] });
    expect(world.alerts()).toMatchObject([{ rule: 'hot', status: 'firing' }]);
    expect(table.counts.writes).toBeGreaterThan(30);
    expect(table.counts.writes).toBeLessThan(70);
    expect(world.all.flatMap(({ logs }) => logs).some((line) => /model/.test(String(line.message)))).toBe(
      true,
    );
  });
});
