/**
 * Add a rule kind: a kind is what it makes of a reading (`valueOf`), and which readings it need not see (`quietRange`).
 * The state machine, state, mails and the backtest take any CompiledRule. Here a kind that does not exist watches how
 * far the processor is ahead of the memory.
 */
import { describe, expect, it } from 'vitest';
import { replayHistory } from '../../infra/commands/backtest/replay.ts';
import type { Reading } from '../../services/contract/reading.ts';
import { type CompiledRule, compileRule, quietTest } from '../../services/detector/compile.ts';
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
    expect(quietTest([gap])(quiet)).toBe(false);
    expect(quietTest([])(quiet)).toBe(true);
  });

  it('its incidents open, keep their peak and resolve like those of any other kind', () => {
    const readings = series([60, 55], [95, 20], [96, 10], [97, 30], [60, 55], [60, 55], [60, 55]);
    expect(replayHistory(readings, [gap])).toMatchObject([
      { rule: 'cpu-ram-gap', peak: 86, started_at: readings[1]?.timestamp, emails: 2 },
    ]);
  });

  it('a high value of one metric alone does not fire it', () => {
    expect(replayHistory(series([99, 90], [99, 90], [99, 90], [99, 90]), [gap])).toEqual([]);
  });
});
