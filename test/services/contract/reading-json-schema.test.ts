import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { METRICS, READING_FIELDS } from '../../../services/contract/reading.ts';
import { readingJsonSchema } from '../../../services/contract/reading-json-schema.ts';

const PROJECT = resolve(import.meta.dirname, '../../..');
const SCHEMA = 'services/contract/reading.schema.json';

it('the committed schema is that of the table; `npx vitest run test/services/contract -u` writes it anew', async () => {
  const formatted = execFileSync('node_modules/.bin/biome', ['format', `--stdin-file-path=${SCHEMA}`], {
    cwd: PROJECT,
    input: JSON.stringify(readingJsonSchema()),
    encoding: 'utf8',
  });
  await expect(formatted).toMatchFileSnapshot(resolve(PROJECT, SCHEMA));
});

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
