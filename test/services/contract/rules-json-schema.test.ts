import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { rulesJsonSchema } from '../../../services/contract/rules-json-schema.ts';

const inProject = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const SCHEMA = 'services/contract/rules.schema.json';

it('the committed schema matches the types; `npx vitest run test/services/contract -u` writes it again', async () => {
  const formatted = execFileSync(
    inProject('node_modules/.bin/biome'),
    ['format', `--stdin-file-path=${SCHEMA}`],
    {
      cwd: inProject(''),
      input: JSON.stringify(rulesJsonSchema()),
      encoding: 'utf8',
    },
  );
  await expect(formatted).toMatchFileSnapshot(inProject(SCHEMA));
});

it('every field of a rule has a description that editors show', () => {
  const schema = rulesJsonSchema() as {
    properties: { rules: { items: { properties: Record<string, { description?: string }> } } };
  };
  const { properties } = schema.properties.rules.items;
  expect(Object.keys(properties)).toContain('datapointsToAlarm');
  expect(Object.entries(properties).filter(([, { description }]) => description === undefined)).toEqual([]);
});

it('our rules file names it, so that editors find it', () => {
  const file = 'services/detector/rules.json';
  const { $schema } = JSON.parse(readFileSync(inProject(file), 'utf8')) as { $schema: string };
  expect(fileURLToPath(new URL($schema, new URL(`../../../${file}`, import.meta.url)))).toBe(
    inProject(SCHEMA),
  );
});
