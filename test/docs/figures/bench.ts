/** The table of benchmarks of both READMEs, from test/bench/results.json. Pure. */
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
  /** The same in Brazilian Portuguese. */
  diz: string;
  benchmark: string;
  row: string;
}

const FIGURES: readonly Figure[] = [
  {
    says: 'detector, whole handler, quiet packed batch, thresholds only ÷ base64 + split + `JSON.parse` of the same bytes',
    diz: 'detector, handler inteiro, lote empacotado e calmo, só limiares ÷ base64 + split + `JSON.parse` dos mesmos bytes',
    ...{ benchmark: 'detector', row: 'quiet, thresholds only, packed / floor, packed' },
  },
  {
    says: 'the same with all shipped rules, which remember each sensor',
    diz: 'o mesmo com todas as regras que vêm com o projeto, que se lembram de cada sensor',
    ...{ benchmark: 'detector', row: 'quiet, packed / floor, packed' },
  },
  {
    says: "Powertools' batch processor + zod, one reading per record ÷ ours with all shipped rules",
    diz: 'processador de lotes do Powertools + zod, uma leitura por registro ÷ o nosso com todas as regras',
    ...{ benchmark: 'detector', row: 'Powertools and zod, one reading per record / quiet, packed' },
  },
  {
    says: 'simulator, generate and pack ÷ `JSON.stringify` of ready readings',
    diz: 'simulador, gerar e empacotar ÷ `JSON.stringify` de leituras prontas',
    ...{ benchmark: 'simulator', row: 'the fleet' },
  },
  {
    says: 'simulator into the local Kinesis ÷ prebuilt payloads',
    diz: 'simulador para o Kinesis local ÷ dados já prontos',
    ...{ benchmark: 'simulator', row: 'the simulator' },
  },
  {
    says: "local delivery, checked and durable ÷ DuckDB's own read_json → COPY",
    diz: 'entrega local, verificada e durável ÷ read_json → COPY do próprio DuckDB',
    ...{ benchmark: 'delivery', row: 'delivery: checked, partitioned, durable' },
  },
  {
    says: 'bytes scanned for one device-hour, raw ÷ trusted',
    diz: 'bytes lidos para uma hora de um dispositivo, bruto ÷ confiável',
    ...{ benchmark: 'compaction', row: 'raw files of a minute each' },
  },
  {
    says: 'detector import ÷ its SDK clients alone',
    diz: 'importar o detector ÷ só os clientes do SDK',
    benchmark: 'bundle',
    row: 'detector',
  },
];

interface Language {
  says(figure: Figure): string;
  number(value: number): string;
  header: readonly string[];
  missed: string;
  measured: string;
  on: string;
}

export const ENGLISH: Language = {
  says: ({ says }) => says,
  number: String,
  ...{ header: ['', 'ratio', 'budget'], missed: 'missed', measured: 'Measured', on: 'on' },
};

export const PORTUGUESE: Language = {
  says: ({ diz }) => diz,
  number: (value) => String(value).replace('.', ','),
  ...{ header: ['', 'razão', 'meta'], missed: 'não atingida', measured: 'Medido', on: 'em' },
};

/** @throws Error where a run has no such row: the benchmark is to be run again */
export function benchTable(results: BenchResults, language: Language): string {
  const { number, header, missed } = language;
  const rows = FIGURES.map((figure) => {
    const { benchmark, row } = figure;
    const found = results[benchmark]?.tables.flatMap((table) => table.rows).find(({ name }) => name === row);
    if (found?.ratio === undefined) {
      throw new Error(
        `Expected a ratio "${row}" in test/bench/results.json. Run: npm run bench -- ${benchmark} --keep`,
      );
    }
    const { ratio, budget = '', met } = found;
    const value = `${number(rounded(ratio))}${met === false ? ` (${missed})` : ''}`;
    return [language.says(figure), value, budget.replace(/[\d.]+$/, (text) => number(Number(text)))];
  });
  return `${markdownTable(header, rows)}\n\n${measured(results, language)}`;
}

/** 1.77, 35. */
const rounded = (value: number): number => Number(value.toFixed(value < 10 ? 2 : 0));

/** The benchmarks that are shown, by the day and the machine of their run. */
function measured(results: BenchResults, language: Language): string {
  const { on } = language;
  const runs = new Map<string, string[]>();
  for (const name of new Set(FIGURES.map(({ benchmark }) => benchmark))) {
    const { at = '', machine = '' } = results[name] ?? {};
    const run = `${at.slice(0, 10)} ${on} ${machine}`;
    runs.set(run, [...(runs.get(run) ?? []), name]);
  }
  return `${language.measured}: ${[...runs].map(([run, names]) => `${names.join(', ')} ${on} ${run}`).join('; ')}.`;
}
