/** How much load this machine can take: higher and higher rates, until the detector falls behind. */
import type { Verdict } from '../ledger/reconcile.ts';
import { Stage } from '../stage.ts';
import { batchAges, quantile, simulate } from './load.ts';

export interface Step {
  /** Readings per second, asked for and acknowledged. */
  target: number;
  reached: number;
  /** Age of the oldest record of a batch when the detector got it, in the second half of the step. */
  medianAgeMs: number;
  maxAgeMs: number;
  /** The fleet kept its schedule, and no batch was older than {@link BOUND_MS}. */
  sustained: boolean;
}

const RATES = [
  ...[1_000, 2_500, 5_000, 10_000, 20_000, 30_000, 40_000, 60_000],
  ...[80_000, 100_000, 120_000, 150_000],
];
const STEP_SECONDS = 12;
/** The batch window takes one second and polling a fifth: records much older than that have waited in a backlog. */
export const BOUND_MS = 2_000;
const KEPT = 0.95;

/** Ends after the first rate that is not sustained. All that was sent is reconciled at the end. */
export async function ramp(
  assembly: string,
  seed: number,
  onStep: (step: Step) => void,
): Promise<{ steps: Step[]; verdict: Verdict }> {
  const stage = new Stage(assembly, seed);
  const steps: Step[] = [];
  try {
    await stage.startProcess();
    for (const [i, target] of RATES.entries()) {
      const startMs = Date.now();
      // Another seed makes another fleet, with names of its own.
      const { readingsPerSecond: reached } = await simulate(stage, [
        ...['--seed', String(seed + i), '--devices', String(target), '--rate', String(target)],
        ...['--duration', `${STEP_SECONDS}s`],
      ]);
      const ages = batchAges(stage.stateDir, startMs + STEP_SECONDS * 500).map(({ ageMs }) => ageMs);
      const step = { target, reached, medianAgeMs: quantile(ages, 0.5), maxAgeMs: quantile(ages, 1) };
      const sustained = reached >= KEPT * target && step.maxAgeMs <= BOUND_MS;
      steps.push({ ...step, sustained });
      onStep({ ...step, sustained });
      if (!sustained) break;
    }
    await stage.stop();
    return { steps, verdict: await stage.verdict({}) };
  } finally {
    await stage.tearDown();
  }
}
