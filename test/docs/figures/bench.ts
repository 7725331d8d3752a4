/** The README's table of benchmarks, from test/bench/results.json. Pure. */
import { z } from 'zod';
import { markdownTable } from '../../../infra/cli/generated.ts';

const resultsSchema = z.record(
  z.string(),
  z.object({
    at: z.iso.datetime(),
    machine: z.string(),
    tables: z.array(
      z.object({
        title: z.string(),
        rows: z.array(
          z.object({
            name: z.string(),
            ratio: z.number().optional(),
            budget: z.string().optional(),
            met: z.boolean().optional(),
          }),
        ),
      }),
    ),
  }),
);
export type BenchResults = z.infer<typeof resultsSchema>;
export const parseBenchResults = (text: string): BenchResults => resultsSchema.parse(JSON.parse(text));

/** What the README says of a row, and where the row is. */
interface Figure {
  says: string;
  benchmark: string;
  row: string;
}

const FIGURES: readonly Figure[] = [
  {
    says: 'detector, whole handler, quiet packed batch, thresholds only ÷ base64 + split + `JSON.parse` of the same bytes',
    ...{ benchmark: 'detector', row: 'quiet, thresholds only, packed / floor, packed' },
  },
  {
    says: 'the same with all shipped rules, which remember each sensor',
    ...{ benchmark: 'detector', row: 'quiet, packed / floor, packed' },
  },
  {
    says: "Powertools' batch processor + zod, one reading per record ÷ ours with all shipped rules",
    ...{ benchmark: 'detector', row: 'Powertools and zod, one reading per record / quiet, packed' },
  },
  {
    says: 'simulator, generate and pack ÷ `JSON.stringify` of ready readings',
    ...{ benchmark: 'simulator', row: 'the fleet' },
  },
  {
    says: 'simulator into the local Kinesis ÷ prebuilt payloads',
    ...{ benchmark: 'simulator', row: 'the simulator' },
  },
  {
    says: "local delivery, checked and durable ÷ DuckDB's own read_json → COPY",
    ...{ benchmark: 'delivery', row: 'delivery: checked, partitioned, durable' },
  },
  {
    says: 'bytes scanned for one device-hour, raw ÷ trusted',
    ...{ benchmark: 'compaction', row: 'raw files of a minute each' },
  },
  { says: 'detector import ÷ its SDK clients alone', benchmark: 'bundle', row: 'detector' },
];

/** @throws Error where a run has no such row: the benchmark is to be run again */
export function benchTable(results: BenchResults): string {
  const rows = FIGURES.map(({ says, benchmark, row }) => {
    const found = results[benchmark]?.tables.flatMap((table) => table.rows).find(({ name }) => name === row);
    if (found?.ratio === undefined) {
      throw new Error(
        `Expected a ratio "${row}" in test/bench/results.json. Run: npm run bench -- ${benchmark} --keep`,
      );
    }
    const { ratio, budget = '', met } = found;
    return [says, `${threeDigits(ratio)}${met === false ? ' (missed)' : ''}`, budget];
  });
  return `${markdownTable(['', 'ratio', 'budget'], rows)}\n\n${measured(results)}`;
}

/** `1.77`, `35`, and no more zeros than were measured. */
const threeDigits = (value: number): string => String(Number(value.toFixed(value < 10 ? 2 : 0)));

/** The benchmarks that are shown, by the day and the machine of their run. */
function measured(results: BenchResults): string {
  const runs = new Map<string, string[]>();
  for (const name of new Set(FIGURES.map(({ benchmark }) => benchmark))) {
    const { at = '', machine = '' } = results[name] ?? {};
    const run = `${at.slice(0, 10)} on ${machine}`;
    runs.set(run, [...(runs.get(run) ?? []), name]);
  }
  return `Measured: ${[...runs].map(([run, names]) => `${names.join(', ')} on ${run}`).join('; ')}.`;
}
