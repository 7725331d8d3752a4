/** The backtest is the detector: the same readings give the same incidents, from their beginning to their end. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { replayHistory } from '../../../../infra/commands/backtest/replay.ts';
import { type Round, Rounds } from '../../../../infra/commands/backtest/rounds.ts';
import type { Alert } from '../../../../services/contract/alert.ts';
import type { Reading } from '../../../../services/contract/reading.ts';
import { parseRules } from '../../../../services/contract/rule.ts';
import { compileRule } from '../../../../services/detector/compile.ts';
import { MODEL_PERIOD_MS } from '../../../../services/detector/site-model.ts';
import { chance, environments, readingAt } from '../../../services/detector/support/fleet.ts';
import { modelTable } from '../../../services/detector/support/model-table.ts';

const common = { notifyWithin: '36500d', severity: [{ severity: 'warning' }] };
const RULES = parseRules({
  rules: [
    {
      ...{ ...common, name: 'hot', metric: 'temperature', operator: '>', threshold: 80 },
      ...{ recoveryThreshold: 75, datapointsToAlarm: 2, evaluationPeriods: 3, datapointsToClear: 2 },
      severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 95 }],
    },
    { ...common, kind: 'stuck', name: 'stuck', metric: 'cpu', for: '5m' },
    { ...common, kind: 'noisy', name: 'noisy', metric: 'ram' },
    { ...common, kind: 'silent', name: 'silent', for: '5m' },
    { ...common, kind: 'unusual', name: 'unusual', metric: 'hd' },
  ],
});

/** `back`: its clock is set back. `restarted`: its `seq` begins again. `late`: half of it comes four ticks late. */
const KINDS = ['well', 'hot', 'stuck', 'noisy', 'gone', 'back', 'restarted', 'late', 'busy'] as const;
interface Segment {
  kind: (typeof KINDS)[number];
  ticks: number;
}
const segments = fc.array(
  fc.record({ kind: fc.constantFrom(...KINDS), ticks: fc.integer({ min: 2, max: 60 }) }),
  { minLength: 1, maxLength: 6 },
);
/** The most that a device of {@link segments} sends. */
const MOST_TICKS = 6 * 60;

/** Of every kind of rule something. */
const EVENTFUL = (['hot', 'well', 'stuck', 'well', 'noisy', 'well', 'gone', 'well', 'busy'] as const).map(
  (kind): Segment => ({ kind, ticks: MOST_TICKS / 9 }),
);

interface Sent {
  reading: Reading;
  /** When it comes, seconds of the fleet's time. */
  second: number;
}

function sentBy(deviceId: string, story: readonly Segment[], tick: number, random: () => number): Sent[] {
  let [second, seq, behind] = [0, 0, 0];
  return story.flatMap(({ kind, ticks }) => {
    if (kind === 'back') behind += 3_000;
    if (kind === 'restarted') seq = 0;
    const stuckAt = 30 + random();
    return Array.from({ length: ticks }, () => {
      second += tick;
      seq += 1;
      const reading = readingAt(second - behind, deviceId, {
        seq,
        temperature: kind === 'hot' ? 85 + 12 * random() : 50 + random(),
        cpu: kind === 'stuck' ? stuckAt : 30 + 3 * random(),
        ram: 40 + (kind === 'noisy' ? 40 * random() : random()),
        hd: 50 + random() + (kind === 'busy' ? 20 : 0),
      });
      const lateBy = kind === 'late' && random() < 0.5 ? 4 * tick : 0;
      return kind === 'gone' ? [] : [{ reading, second: second + lateBy }];
    }).flat();
  });
}

/**
 * What a site sends, in the order of the stream. One of its devices never stops: of a site whose only clock is set back,
 * the history does not tell how much time passed.
 */
function sentByAll(devices: readonly Segment[][], before: number, tick: number, seed: number): Sent[] {
  const random = chance(seed);
  const well = (ticks: number): Segment => ({ kind: 'well', ticks });
  const stories = [[well(before + MOST_TICKS)], ...devices.map((one) => [well(before), ...one])];
  return stories
    .flatMap((story, i) => sentBy(`dev-${i}`, story, tick, random))
    .toSorted((a, b) => a.second - b.second);
}

/** In batches as the backtest cuts them. @param again batches that Lambda repeats */
async function live(sent: readonly Sent[], again: ReadonlySet<number>) {
  const models = { store: modelTable(), periodMs: MODEL_PERIOD_MS };
  const world = environments(RULES, 1, () => 0, models);
  const secondOf = new Map(sent.map(({ reading, second }) => [reading, second]));
  const rounds = new Rounds();
  const all: Round[] = sent.flatMap(({ reading }) => {
    const round = rounds.add(reading);
    return round ? [round] : [];
  });
  for (const [i, round] of [...all, ...rounds.rest()].entries()) {
    const second = Math.max(...round.map((reading) => secondOf.get(reading) ?? 0));
    await world.deliver({ second, readings: [...round] });
    if (again.has(i)) await world.replay(1);
  }
  return incidentsIn(world.alerts());
}

function incidentsIn(alerts: readonly Alert[]) {
  const incidents = new Map<string, object>();
  for (const { incident_id, rule, status, at, started_at, severity } of alerts) {
    const before = incidents.get(incident_id) ?? { rule, fired_at: at, ended_at: null };
    const end = status === 'resolved' && { ended_at: at };
    incidents.set(incident_id, { ...before, started_at, severity, ...end });
  }
  return incidents;
}

const backtested = (sent: readonly Sent[]) =>
  new Map<string, object>(
    replayHistory(
      sent.map(({ reading }) => reading),
      RULES.map(compileRule),
    ).map(({ incident_id, rule, started_at, fired_at, ended_at, severity }) => [
      incident_id,
      { rule, started_at, fired_at, ended_at, severity },
    ]),
  );

describe('a backtest finds what the detector told', () => {
  it.each([
    { what: 'every ten seconds', tick: 10, before: 200, kinds: ['hot', 'noisy', 'silent'] },
    {
      ...{ what: 'every ten minutes, over days', tick: 600, before: 330 },
      kinds: ['hot', 'noisy', 'stuck', 'unusual'],
    },
  ])('of readings that come $what', async ({ tick, before, kinds }) => {
    const found = new Set<string>();
    const anything = [
      fc.array(segments, { minLength: 1, maxLength: 2 }),
      fc.array(fc.nat(400), { maxLength: 8 }),
      fc.nat(),
    ] as const;
    await fc.assert(
      fc.asyncProperty(...anything, async (devices, again, seed) => {
        const sent = sentByAll(devices, before, tick, seed);
        const incidents = backtested(sent);
        for (const incident of incidents.values()) found.add((incident as Alert).rule);
        expect(incidents).toEqual(await live(sent, new Set(again)));
      }),
      { numRuns: 20, examples: [[[EVENTFUL], [3, 205, 206], 7]] },
    );
    // Else it would say nothing of these kinds.
    expect([...found].sort()).toEqual(expect.arrayContaining(kinds));
  });
});
