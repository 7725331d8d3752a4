import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkRules } from '../../../infra/aws/rules.ts';
import { RulesError } from '../../../services/contract/rule.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamwatch-rules-'));
afterAll(() => rmSync(folder, { recursive: true }));

const check = (text: string) => {
  const file = join(folder, 'rules.json');
  writeFileSync(file, text);
  return () => checkRules(file, 'services/detector/rules.json');
};

describe('rules that would be deployed', () => {
  it('are accepted as they are', () => {
    expect(() => checkRules('services/detector/rules.json', 'rules.json')).not.toThrow();
  });

  it('stop the synthesis with the place in the file', () => {
    const refuse = expect(check('{"rules":[{"name":"hot","metric":"temperature","operator":"~"}]}'));
    refuse.toThrow(RulesError);
    refuse.toThrow(/services\/detector\/rules\.json[\s\S]*rules\[0\]\.operator/);
  });

  it('stop the synthesis if they are not JSON, or missing', () => {
    expect(check('{"rules":')).toThrow(/services\/detector\/rules\.json: Expected a file of JSON\./);
    expect(() => checkRules(join(folder, 'none.json'), 'none.json')).toThrow(RulesError);
  });
});
