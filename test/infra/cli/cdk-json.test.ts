import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { cdkContext } from '../../../infra/cli/cdk-json.ts';

it('the context of cdk.json is read, and a file that somebody has broken is said in a sentence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-json-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const contextOf = (text: string) => {
    writeFileSync(join(folder, 'cdk.json'), text);
    return cdkContext(folder);
  };
  expect(contextOf('{"app": "x", "context": {"shards": "2"}}')).toEqual({ shards: '2' });
  expect(contextOf('{"app": "x"}')).toEqual({});
  for (const broken of ['{"context": {"shards": 2,}}', '{"context": 2}'])
    expect(() => contextOf(broken)).toThrow(/cdk\.json: Expected JSON with an object under "context"/);
});
