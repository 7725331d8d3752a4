/** Checks the options together, and turns them into a plan for the run. */
import type { Command } from 'commander';
import { flagOf } from '../../infra/cli/arguments.ts';
import { SERIES_OPTIONS } from '../../infra/cli/series/options.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import { highestRate } from '../anomaly.ts';
import { multiplyPlans, type PacePlan } from '../pace.ts';
import { FAULTS, type FaultRates } from '../transport.ts';
import { placeInjections } from './injections.ts';
import type { Flags } from './options.ts';

/** With a shorter interval, two timestamps of a device could be equal. */
const MIN_INTERVAL_MS = 10;
const REPLAY_ONLY = [...Object.keys(SERIES_OPTIONS), 'metric', 'speed'];

export type SimulationOptions = ReturnType<typeof checkOptions>;
export type ReplayOptions = NonNullable<SimulationOptions['replay']>;

/**
 * The plan for a run.
 * @param command knows which options were typed
 * @throws UserError, a misuse, for options that contradict each other
 */
export function checkOptions(flags: Flags, command: Command) {
  const { interval, rate, ramp, burst, replay: file, metric, speed, ...others } = flags;
  const { column, timeColumn, timeFormat, delimiter, decimal, where, ...rest } = others;
  if (flags.out === '-' && flags.json) {
    throw UserError.misuse('--json and --out - both want stdout. Use --out FILE.');
  }
  const stray = REPLAY_ONLY.find((name) => command.getOptionValueSource(name) === 'cli');
  if (file === undefined && stray !== undefined)
    throw UserError.misuse(`${flagOf(stray)} belongs to --replay.`);
  checkFast(flags);
  const intervalMs = intervalOf(flags);
  const series = { metric, column, timeColumn, timeFormat, delimiter, decimal, where };
  const pace = combine(ramp, burst?.plan);
  return {
    ...rest,
    intervalMs,
    pace,
    durationMs: flags.duration,
    anomalyRate: anomalyRateOf(flags, intervalMs),
    anomalyKinds: flags.anomalies,
    injections: placeInjections(flags.inject, { ...flags, intervalMs, pace }),
    faults: faultsOf(flags),
    replay: file === undefined ? undefined : { file, series, metric, speed },
  };
}

/** A stream takes readings as they are made; a file has no time of its own. */
function checkFast({ fast, start, out, duration, count, replay }: Flags): void {
  if (start !== undefined && !fast) throw UserError.misuse('--start belongs to --fast.');
  if (!fast) return;
  if (out === undefined) throw UserError.misuse('--fast writes a file: --out FILE.');
  if (duration === undefined && count === undefined && replay === undefined) {
    throw UserError.misuse('--fast needs an end: --duration 4h, or --count.');
  }
}

function intervalOf({ rate, interval, devices, burst }: Flags): number {
  const intervalMs = rate === undefined ? interval : (devices / rate) * 1000;
  if (intervalMs / (burst?.factor ?? 1) >= MIN_INTERVAL_MS) return intervalMs;
  throw UserError.misuse(
    `A device would read more often than every ${MIN_INTERVAL_MS} ms. Use more devices, or a lower rate.`,
  );
}

const combine = (ramp: PacePlan | undefined, burst: PacePlan | undefined): PacePlan | undefined =>
  ramp && burst ? multiplyPlans(ramp, burst) : (ramp ?? burst);

function anomalyRateOf({ anomalyRate, anomalies }: Flags, intervalMs: number): number {
  const highest = highestRate(anomalies, intervalMs);
  if (anomalyRate <= highest) return anomalyRate;
  throw UserError.misuse(
    `--anomaly-rate: Expected at most ${Math.floor(highest * 100) / 100} for these kinds, got ${anomalyRate}.`,
  );
}

function faultsOf(flags: Flags): FaultRates | undefined {
  // To nine digits: 0.1 + 0.2 + 0.3 + 0.3 + 0.1 is a little more than 1.
  const total = Number(FAULTS.reduce((sum, fault) => sum + flags[fault], 0).toFixed(9));
  if (total > 1) {
    throw UserError.misuse(`The rates of transport faults add up to ${total}; expected at most 1.`);
  }
  const rates = Object.fromEntries(FAULTS.map((fault) => [fault, flags[fault]])) as FaultRates;
  return total > 0 ? rates : undefined;
}
