/** `GetMetricData`: what was measured, and metric math on it. */
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';
import type { Answer } from '../wire/any-protocol.ts';
import { AwsError } from '../wire/aws-error.ts';
import { byName, type Input } from './definition.ts';
import { evaluate, type Series } from './math/evaluate.ts';
import { idsIn, parseExpression } from './math/parse.ts';
import { statisticOf } from './statistic.ts';
import type { MetricStore } from './store.ts';
import { dimensions, time } from './values.ts';

const MAX_POINTS = 100_800;

const period = z.coerce.number().int().min(60, 'Expected a period of 60 seconds or more').multipleOf(60);
export const getMetricData = z.object({
  StartTime: time,
  EndTime: time,
  ScanBy: z.enum(['TimestampDescending', 'TimestampAscending']).default('TimestampDescending'),
  MetricDataQueries: z
    .array(
      z.object({
        Id: z.string().regex(/^[a-z]\w*$/),
        Label: z.string().optional(),
        Expression: z.string().optional(),
        Period: period.optional(),
        ReturnData: z.union([z.boolean(), z.stringbool()]).default(true),
        MetricStat: z
          .object({
            Metric: z.object({ Namespace: z.string(), MetricName: z.string(), Dimensions: dimensions }),
            Period: period,
            Stat: z.string(),
          })
          .optional(),
      }),
    )
    .min(1)
    .max(500),
});
type Request = z.infer<typeof getMetricData>;
type Query = Request['MetricDataQueries'][number];

/** Metric math that a template may not use, a call may not use either. */
export function readMetrics(store: MetricStore, request: Request): Answer {
  try {
    return new MetricQueries(store, request).results();
  } catch (error) {
    throw error instanceof SetupError ? invalid(error.message) : error;
  }
}

const invalid = (text: string) => new AwsError('ValidationError', text);

class MetricQueries {
  readonly #store: MetricStore;
  readonly #request: Request;
  readonly #queries: ReadonlyMap<string, Query>;

  constructor(store: MetricStore, request: Request) {
    this.#store = store;
    this.#request = request;
    const queries = request.MetricDataQueries;
    this.#queries = new Map(queries.map((query) => [query.Id, query]));
    if (this.#queries.size < queries.length) {
      throw invalid('The values for parameter id in MetricDataQueries are not unique');
    }
  }

  results(): Answer {
    const shown = this.#request.MetricDataQueries.filter(({ ReturnData }) => ReturnData);
    return { MetricDataResults: shown.map((query) => this.#result(query)), Messages: [] };
  }

  #result({ Id, Label, MetricStat }: Query): Answer {
    const seconds = this.#periodOf(Id);
    const { stepMs, firstMs } = this.#placesOf(seconds);
    const points = this.#series(Id, seconds).flatMap((value, i) =>
      value === undefined ? [] : [{ at: new Date(firstMs + i * stepMs), value }],
    );
    if (this.#request.ScanBy === 'TimestampDescending') points.reverse();
    return {
      ...{ Id, Label: Label ?? MetricStat?.Metric.MetricName ?? Id, StatusCode: 'Complete' },
      Timestamps: points.map(({ at }) => at),
      Values: points.map(({ value }) => value),
    };
  }

  /** @param readers ids of expressions, each of which reads the next one, and the last one this */
  #query(id: string, readers: readonly string[]): Query {
    if (readers.includes(id)) throw invalid(`The expression ${id} reads itself`);
    const query = this.#queries.get(id);
    if (query) return query;
    throw invalid(`No metric has the id ${id}`);
  }

  /** Of an expression, the longest of what it reads. */
  #periodOf(id: string, readers: readonly string[] = []): number {
    const { MetricStat, Expression = '', Period } = this.#query(id, readers);
    if (MetricStat) return MetricStat.Period;
    const read = () => [...idsIn(parseExpression(Expression))];
    return Period ?? Math.max(60, ...read().map((other) => this.#periodOf(other, [...readers, id])));
  }

  #placesOf(seconds: number) {
    const { StartTime, EndTime } = this.#request;
    const stepMs = seconds * 1000;
    const firstMs = Math.floor(StartTime / stepMs) * stepMs;
    const count = Math.ceil((EndTime - firstMs) / stepMs);
    if (count >= 1 && count <= MAX_POINTS) return { stepMs, firstMs, count };
    throw invalid(`Expected 1 to ${MAX_POINTS} periods from StartTime to EndTime, got ${count}`);
  }

  #series(id: string, seconds: number, readers: readonly string[] = []): Series {
    const { MetricStat, Expression } = this.#query(id, readers);
    const { stepMs, firstMs, count } = this.#placesOf(seconds);
    if (MetricStat) {
      const { MetricName: name, Namespace: namespace, Dimensions } = MetricStat.Metric;
      const metric = { namespace, name, dimensions: byName(Dimensions) };
      const one: Input = { metric, statistic: statisticOf(MetricStat.Stat) };
      return Array.from({ length: count }, (_, i) => {
        const fromMs = firstMs + i * stepMs;
        return this.#store.read(one, fromMs, fromMs + stepMs);
      });
    }
    if (Expression === undefined) throw invalid(`No metric has the id ${id}`);
    const read = (other: string) => this.#series(other, seconds, [...readers, id]);
    const value = evaluate(parseExpression(Expression), read, { fillsEmpty: false });
    return typeof value === 'number' ? Array.from({ length: count }, () => value) : value;
  }
}
