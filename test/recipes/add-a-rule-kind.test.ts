/**
 * Add a rule kind: a kind is what it makes of a reading (`valueOf`), which readings it need not see (`quietRange`), and how
 * it takes an incident further (`evaluate`). State, mails and the backtest take any CompiledRule. Here a kind that does
 * not exist watches how far the processor is ahead of the memory, and another one opens by a suspicion alone.
 */
import { describe, expect, it } from 'vitest';
import { replayHistory } from '../../infra/commands/backtest/replay.ts';
import { metricsOf, type Reading } from '../../services/contract/reading.ts';
import { type CompiledRule, compileRule, quietTest } from '../../services/detector/compile.ts';
import { NEVER_BREACHES } from '../../services/detector/compiled-rule.ts';
import { detect } from '../../services/detector/detect.ts';
import { opened } from '../../services/detector/transition.ts';
import { reading } from '../services/detector/support/batch.ts';
import { rules } from '../services/detector/support/harness.ts';

/** No value of one metric alone says that the gap is small, so no reading may be passed over. */
const NEVER_QUIET = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };

function compileGap(): CompiledRule {
  const [threshold] = rules({ name: 'cpu-ram-gap', metric: 'cpu', threshold: 50, recoveryThreshold: 40 });
  if (threshold === undefined) throw new Error('Expected a rule');
  return {
    ...compileRule(threshold),
    valueOf: ({ cpu, ram }) => (cpu ?? 0) - (ram ?? 0),
    quietRange: NEVER_QUIET,
  };
}

const gap = compileGap();
const quiet = reading('10:00:00', { cpu: 60, ram: 55 });
/** cpu and ram, a reading a second. */
const series = (...values: [cpu: number, ram: number][]): Reading[] =>
  values.map(([cpu, ram], i) => reading(`10:00:${String(i).padStart(2, '0')}`, { cpu, ram }));

describe('add a rule kind', () => {
  it('the quiet path passes no reading over that the kind must see', () => {
    expect(quietTest([gap])(metricsOf(quiet))).toBe(false);
    expect(quietTest([])(metricsOf(quiet))).toBe(true);
  });

  it('its incidents open, keep their peak and resolve like those of any other kind', () => {
    const readings = series([60, 55], [95, 20], [96, 10], [97, 30], [60, 55], [60, 55], [60, 55]);
    expect(replayHistory(readings, [gap])).toMatchObject([
      { rule: 'cpu-ram-gap', peak: 86, started_at: readings[1]?.timestamp, emails: 2 },
    ]);
  });

  it('one that needs a past opens by what memory suspects, and by nothing else', () => {
    const [rule] = rules({ name: 'odd', metric: 'cpu', threshold: 50, recoveryThreshold: 40 });
    if (rule === undefined) throw new Error('Expected a rule');
    const odd: CompiledRule = {
      ...compileRule(rule),
      ...NEVER_BREACHES,
      evaluate: (incident, { suspicion, reading: at, mark, value }) => {
        if (incident !== undefined || suspicion === undefined) return { incident };
        const course = { startedAt: suspicion.basis.since, peak: value, basis: suspicion.basis };
        return { incident: opened(rule, { reading: at, mark }, course) };
      },
    };
    const high = reading('10:00:00', { cpu: 99 });
    const basis = { since: high.timestamp, waitMs: 0, level: 99, usual: 1 };
    expect(quietTest([odd])(metricsOf(high))).toBe(true);
    expect(detect(undefined, high, odd).incident).toBeUndefined();
    const step = detect(undefined, high, odd, { suspicion: { basis, value: 99 } });
    expect(step.incident).toMatchObject({ state: 'firing', peak: 99, basis });
  });

  it('a high value of one metric alone does not fire it', () => {
    expect(replayHistory(series([99, 90], [99, 90], [99, 90], [99, 90]), [gap])).toEqual([]);
  });
});
