import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { functionNames } from '../../../../infra/emulator/athena/sql/functions.ts';

it('docs/sql.md names every function that local Athena answers', () => {
  const text = readFileSync(new URL('../../../../docs/sql.md', import.meta.url), 'utf8');
  const section = text.slice(text.indexOf('## Functions'), text.indexOf('## Refused'));
  const missing = functionNames().filter((name) => !new RegExp(`\\b${name}\\b`).test(section));
  expect(missing).toEqual([]);
});
