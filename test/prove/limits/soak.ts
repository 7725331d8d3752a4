/** A steady load with anomalies, to see whether the pipeline's memory stays flat. */
import type { Verdict } from '../ledger/reconcile.ts';
import { Stage } from '../stage.ts';
import { batchAges, quantile, residentMb, simulate } from './load.ts';

export interface Soak {
  seconds: number;
  readingsPerSecond: number;
  /** Resident memory of the pipeline's process, median of each quarter, in MB. */
  quarterMb: number[];
  maxAgeMs: number;
  verdict: Verdict;
}

const RATE = 1_000;
const ANOMALY_RATE = 0.01;
const SAMPLE_MS = 2_000;
/** Memory in the last quarter divided by that in the second; the first quarter is for warming up. */
const FLAT = 1.08;

export async function soak(
  assembly: string,
  seed: number,
  durationMs: number,
  onSample: (seconds: number, megabytes: number) => void,
): Promise<Soak> {
  const stage = new Stage(assembly, seed);
  const startMs = Date.now();
  const samples: number[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    const { pid } = await stage.startProcess();
    timer = setInterval(() => {
      samples.push(residentMb(pid));
      onSample((Date.now() - startMs) / 1000, samples.at(-1) ?? 0);
    }, SAMPLE_MS);
    const { readingsPerSecond } = await simulate(stage, [
      ...['--seed', String(seed), '--devices', String(RATE), '--rate', String(RATE)],
      ...['--anomaly-rate', String(ANOMALY_RATE), '--duration', `${durationMs}ms`],
    ]);
    clearInterval(timer);
    const maxAgeMs = quantile(
      batchAges(stage.stateDir, startMs).map(({ ageMs }) => ageMs),
      1,
    );
    await stage.stop();
    const quarter = Math.ceil(samples.length / 4);
    const quarterMb = [0, 1, 2, 3].map((i) => quantile(samples.slice(i * quarter, (i + 1) * quarter), 0.5));
    const verdict = await stage.verdict({});
    const [, second = 0, , last = 0] = quarterMb;
    if (last > second * FLAT) {
      verdict.findings.push(`Memory grew from ${second.toFixed(0)} to ${last.toFixed(0)} MB`);
    }
    return { seconds: (Date.now() - startMs) / 1000, readingsPerSecond, quarterMb, maxAgeMs, verdict };
  } finally {
    clearInterval(timer);
    await stage.tearDown();
  }
}
