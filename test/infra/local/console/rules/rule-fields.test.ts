import { describe, expect, it } from 'vitest';
import { ruleFields } from '../../../../../infra/local/console/rules/rule-fields.ts';
import { RULE_KINDS, type RuleKind } from '../../../../../services/contract/rule.ts';

const fields = ruleFields();
const field = (name: string, kind: RuleKind) =>
  fields.find((one) => one.name === name && one.kinds.includes(kind));

describe('help with the fields of rules', () => {
  it('has each field of each kind once, and says what it means and takes', () => {
    for (const kind of RULE_KINDS) {
      const own = fields.filter(({ kinds }) => kinds.includes(kind)).map(({ name }) => name);
      expect([kind, own.length]).toEqual([kind, new Set(own).size]);
      expect(own).toEqual(
        expect.arrayContaining(['kind', 'name', 'severity', 'severity.severity', 'annotations.summary']),
      );
    }
    for (const { name, meaning, takes } of fields) expect([name, meaning, takes]).not.toContain('');
  });

  it('comes from the schema: type, range, default, whether it is needed', () => {
    expect(field('evaluationPeriods', 'threshold')).toMatchObject({
      ...{ takes: 'a whole number from 1 to 100', default: '1', isRequired: false, kinds: ['threshold'] },
    });
    expect(field('threshold', 'threshold')).toMatchObject({
      ...{ takes: 'a number or { min, max }', isRequired: true },
      range: expect.stringMatching(/^temperature -273\.15 to \d+ °C, cpu 0 to 100 %/),
    });
    expect(field('for', 'silent')).toMatchObject({
      takes: 'a duration, such as 30s, 5m or 1h',
      default: '"5m"',
    });
    expect(field('kind', 'noisy')).toMatchObject({
      takes: expect.stringContaining('"stuck", "noisy"'),
      kinds: RULE_KINDS,
    });
    expect(field('operator', 'silent')).toBeUndefined();
  });
});
