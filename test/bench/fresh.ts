/** What benchmarks share: each measurement in its own process, contenders alternating, medians beside raw rounds. */
import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/**
 * Runs the module `moduleUrl` once per contender and round, with the contender's name as its argument; it prints one
 * number. The order is reversed every round, so that a machine that slows down puts nobody at a disadvantage.
 */
export function inTurns<T extends string>(
  moduleUrl: string,
  contenders: readonly T[],
  rounds: number,
): Record<T, number[]> {
  const results = Object.fromEntries(contenders.map((name) => [name, [] as number[]])) as Record<T, number[]>;
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? contenders : contenders.toReversed()) {
      const args = ['--import', 'tsx', fileURLToPath(moduleUrl), name];
      const output = execFileSync(process.execPath, args, { encoding: 'utf8' });
      results[name].push(Number(output));
    }
  }
  return results;
}

export interface Row {
  name: string;
  values: readonly number[];
  /** The median is divided by this, for the column of ratios. */
  floor?: readonly number[];
  /** What the design allows, such as `≤ 2`. */
  budget?: string;
}

/** A row as `npm run bench` writes it to results.json. */
export interface Result {
  name: string;
  median: number;
  ratio?: number;
  budget?: string;
  /** Whether the ratio (or the median, if there is no ratio) is within the budget. */
  met?: boolean;
  rounds: readonly number[];
}

/** The file to which a benchmark that is run as one of many writes its tables, one line of JSON each. */
export const RESULTS_VARIABLE = 'BENCH_RESULTS';

function resultOf({ name, values, floor, budget }: Row): Result {
  const ratio = floor && median(values) / median(floor);
  const [, sign, limit] = /^([≤≥]) ([\d.]+)$/.exec(budget ?? '') ?? [];
  const value = ratio ?? median(values);
  const met =
    limit === undefined ? undefined : sign === '≤' ? value <= Number(limit) : value >= Number(limit);
  return { name, median: median(values), ratio, budget, met, rounds: values };
}

/** A table on stdout: median, ratio, budget and raw rounds of every row. */
export function printTable(title: string, unit: string, rows: readonly Row[]): void {
  const file = process.env[RESULTS_VARIABLE];
  if (file) appendFileSync(file, `${JSON.stringify({ title, unit, rows: rows.map(resultOf) })}\n`);
  const lines = [
    `\n${title} (${unit}; ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version})`,
  ];
  for (const { name, values, floor, budget } of rows) {
    const ratio = floor ? (median(values) / median(floor)).toFixed(2) : '';
    const rounds = values.map((value) => value.toFixed(value < 10 ? 2 : 0)).join(' ');
    lines.push(
      `${name.padEnd(44)} ${median(values).toFixed(2).padStart(9)} ${ratio.padStart(6)} ${(budget ?? '').padEnd(7)} ${rounds}`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n`);
}
