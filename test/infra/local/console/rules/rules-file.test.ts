import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { changesBetween, commitMessage } from '../../../../../infra/local/console/rules/rule-changes.ts';
import { createRulesFile, diffOf } from '../../../../../infra/local/console/rules/rules-file.ts';
import { parseRules } from '../../../../../services/contract/rule.ts';

const folder = mkdtempSync(join(tmpdir(), 'rules-file-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'rules.json');

describe('the rules file', () => {
  it('is written only while it is the one that was read', () => {
    writeFileSync(path, 'one\n');
    const file = createRulesFile(path, 'rules.json');
    const { text, version } = file.read();
    expect([text, file.isWritable()]).toEqual(['one\n', true]);
    writeFileSync(path, 'another\n');
    expect(file.write('two\n', version)).toBeUndefined();
    expect(readFileSync(path, 'utf8')).toBe('another\n');
    const now = file.write('two\n', file.read().version);
    expect([now, readFileSync(path, 'utf8')]).toEqual([file.read().version, 'two\n']);
  });

  it('stays a link to a file of the same mode, and nothing is left beside it', () => {
    writeFileSync(path, 'one\n');
    chmodSync(path, 0o664);
    const link = join(folder, 'link.json');
    symlinkSync(path, link);
    const file = createRulesFile(link, 'rules.json');
    file.write('two\n', file.read().version);
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['two\n', 0o664]);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readdirSync(folder).toSorted()).toEqual(['link.json', 'rules.json']);
  });

  it('does not take long to differ from any text', () => {
    const before = Array.from({ length: 200 }, (_, i) => `line ${i}\n`).join('');
    expect(diffOf('r', before, 'x\n'.repeat(300_000))).toBe(
      '--- a/r\n+++ b/r\n@@ more than 2000 lines differ @@\n',
    );
  });

  it('differs as git says it', () => {
    const lines = ['a', 'b', 'c', 'd', 'e', 'f'];
    const before = `${lines.join('\n')}\n`;
    expect(diffOf('x/rules.json', before, before)).toBe('');
    expect(diffOf('x/rules.json', before, before.replace('e', 'E'))).toBe(
      '--- a/x/rules.json\n+++ b/x/rules.json\n@@ -2,5 +2,5 @@\n b\n c\n d\n-e\n+E\n f\n',
    );
  });
});

describe('rules that differ', () => {
  const rule = (name: string, threshold = 80, more: object = {}) => ({
    ...{ name, metric: 'temperature', operator: '>', threshold, severity: [{ severity: 'warning' }] },
    ...more,
  });
  const rules = (...list: object[]) => parseRules({ rules: list });

  it('are new, changed or removed, by what they mean and not by how they are written', () => {
    const before = rules(rule('same'), rule('hot'), rule('old'));
    const after = rules(
      rule('fresh'),
      rule('hot', 81),
      rule('same', 80, { kind: 'threshold', evaluationPeriods: 1 }),
    );
    expect(changesBetween(before, after)).toEqual([
      { rule: 'fresh', how: 'new' },
      { rule: 'hot', how: 'changed' },
      { rule: 'old', how: 'removed' },
    ]);
    expect(changesBetween(before, before)).toEqual([]);
  });

  it('make the message of a commit', () => {
    const changes = changesBetween(
      rules(rule('old'), rule('hot')),
      rules(rule('fresh'), rule('new-too'), rule('hot', 1)),
    );
    expect(commitMessage(changes)).toBe('Rules: add fresh, new-too; change hot; remove old');
    expect(commitMessage([])).toBe('Rules: as before, written otherwise');
  });
});
