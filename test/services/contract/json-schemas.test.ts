import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { METRICS, READING_FIELDS } from '../../../services/contract/reading.ts';
import { readingJsonSchema } from '../../../services/contract/reading-json-schema.ts';
import { rulesJsonSchema } from '../../../services/contract/rules-json-schema.ts';

const inProject = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const RULES_SCHEMA = 'services/contract/rules.schema.json';

it.each([
  { file: RULES_SCHEMA, schema: rulesJsonSchema() },
  { file: 'services/contract/reading.schema.json', schema: readingJsonSchema() },
])(
  'the committed $file is that of the types; `npx vitest run test/services/contract -u` writes it anew',
  async ({ file, schema }) => {
    const formatted = execFileSync(
      inProject('node_modules/.bin/biome'),
      ['format', `--stdin-file-path=${file}`],
      {
        cwd: inProject(''),
        input: JSON.stringify(schema),
        encoding: 'utf8',
      },
    );
    await expect(formatted).toMatchFileSnapshot(inProject(file));
  },
);

it('every field of a rule has a meaning that editors show', () => {
  const schema = rulesJsonSchema() as {
    properties: { rules: { items: { properties: Record<string, { description?: string }> } } };
  };
  const { properties } = schema.properties.rules.items;
  expect(Object.keys(properties)).toContain('datapointsToAlarm');
  expect(Object.entries(properties).filter(([, { description }]) => description === undefined)).toEqual([]);
});

it('every field of a reading has a meaning, and every metric its range', () => {
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

it('our rules name their schema, so that editors find it', () => {
  const file = 'services/detector/rules.json';
  const { $schema } = JSON.parse(readFileSync(inProject(file), 'utf8')) as { $schema: string };
  expect(fileURLToPath(new URL($schema, new URL(`../../../${file}`, import.meta.url)))).toBe(
    inProject(RULES_SCHEMA),
  );
});
