import { expect, it } from 'vitest';
import { METRICS, READING_FIELDS } from '../../../services/contract/reading.ts';
import { readingJsonSchema } from '../../../services/contract/reading-json-schema.ts';

it('every field has a meaning, and every metric its range', () => {
  const { properties } = readingJsonSchema() as {
    properties: Record<string, { description?: string; minimum?: number; maximum?: number }>;
  };
  expect(Object.keys(properties)).toEqual(Object.keys(READING_FIELDS));
  expect(Object.entries(properties).filter(([, { description }]) => !description)).toEqual([]);
  const ranges = METRICS.map((metric) => ({
    min: properties[metric]?.minimum,
    max: properties[metric]?.maximum,
  }));
  expect(ranges).toEqual(METRICS.map((metric) => READING_FIELDS[metric].range));
});
