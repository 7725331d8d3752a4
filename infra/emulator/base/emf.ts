/** Metrics in lines of logs: CloudWatch's embedded metric format. */
import { z } from 'zod';
import type { Measured } from './events.ts';
import { own } from './own.ts';
import { parseJson } from './parse-json.ts';

const emfSchema = z.looseObject({
  _aws: z.object({
    Timestamp: z.number(),
    CloudWatchMetrics: z.array(
      z.object({
        Namespace: z.string(),
        Dimensions: z.array(z.array(z.string())),
        Metrics: z.array(z.object({ Name: z.string(), Unit: z.string().default('None') })),
      }),
    ),
  }),
});

/** Each value of each metric, once for each set of dimensions. A line without embedded metrics has none. */
export function embeddedMetrics(line: string): Measured[] {
  if (!line.includes('"CloudWatchMetrics"')) return [];
  const record = parseJson(line, emfSchema);
  if (!record) return [];
  const { Timestamp: atMs, CloudWatchMetrics } = record._aws;
  return CloudWatchMetrics.flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) => {
      const dimensions = Object.fromEntries(names.map((name) => [name, String(own(record, name))]));
      return Metrics.flatMap(({ Name: name, Unit: unit }) =>
        [own(record, name)]
          .flat()
          .filter((value) => typeof value === 'number')
          .map((value) => ({ namespace, name, dimensions, unit, value, atMs })),
      );
    }),
  );
}
