/** JSON schema of a reading, for the people who program devices. docs/contract/reading.schema.json is its committed form. */
import * as z from 'zod/mini';
import { READING_COLUMNS } from './lake-columns.ts';
import { METRIC_FIELDS, METRICS, type Metric, ROUNDING } from './reading.ts';
import { readingSchema } from './reading-schema.ts';

export function readingJsonSchema(): object {
  const comments = new Map(READING_COLUMNS.map(({ name, comment }) => [name, comment]));
  return z.toJSONSchema(readingSchema, {
    io: 'input',
    // What every validator reads, and AsyncAPI's own schemas are based on.
    target: 'draft-7',
    override: ({ jsonSchema, path }) => {
      if (path.length === 0) Object.assign(jsonSchema, WHOLE);
      const field = path.at(-1);
      if (path.length !== 2 || typeof field !== 'string') return;
      if (isMetric(field)) {
        delete jsonSchema.anyOf;
        const { min, max } = METRIC_FIELDS[field].range;
        Object.assign(jsonSchema, { type: ['number', 'null'], minimum: min, maximum: max });
      }
      if (field === 'timestamp') jsonSchema.format = 'date-time';
      jsonSchema.description = comments.get(field);
    },
  });
}

const isMetric = (name: string): name is Metric => METRICS.some((metric) => metric === name);

const WHOLE = {
  title: 'Reading',
  description: `One reading: a line of JSON in a record of the stream. It has at least one metric; the others may be missing or null. A value outside of its range by no more than ${ROUNDING} is taken as the limit. Other fields are ignored.`,
  anyOf: METRICS.map((metric) => ({ required: [metric], properties: { [metric]: { type: 'number' } } })),
};
