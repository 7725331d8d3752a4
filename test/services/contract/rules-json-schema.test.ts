import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { RULE_KINDS } from '../../../services/contract/rule.ts';
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

it('every field of a rule of every kind has a description that editors show', () => {
  const schema = rulesJsonSchema() as {
    properties: { rules: { items: { oneOf: { properties: Record<string, { description?: string }> }[] } } };
  };
  const { oneOf } = schema.properties.rules.items;
  expect(oneOf.map(({ properties }) => (properties.kind as { const?: string }).const)).toEqual(RULE_KINDS);
  const fields = oneOf.flatMap(({ properties }) => Object.entries(properties));
  expect(fields.map(([name]) => name)).toContain('datapointsToAlarm');
  expect(fields.filter(([, { description }]) => description === undefined)).toEqual([]);
});

it('our rules file names it, so that editors find it', () => {
  const file = 'services/detector/rules.json';
  const { $schema } = JSON.parse(readFileSync(inProject(file), 'utf8')) as { $schema: string };
  expect(fileURLToPath(new URL($schema, new URL(`../../../${file}`, import.meta.url)))).toBe(
    inProject(SCHEMA),
  );
});
