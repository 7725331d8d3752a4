import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS, metricsOf } from '../../../services/contract/reading.ts';
import { OPERATORS } from '../../../services/contract/rule.ts';
import { compileRule, isBreach, quietTest } from '../../../services/detector/compile.ts';
import { reading } from './support/batch.ts';
import { rules } from './support/harness.ts';

describe('the quiet test', () => {
  it('never calls a breach quiet, whatever the rules', () => {
    const limit = fc.integer({ min: 1, max: 99 });
    const rule = fc
      .record({
        metric: fc.constantFrom(...METRICS),
        operator: fc.constantFrom(...OPERATORS),
        a: limit,
        b: limit,
      })
      .filter(({ operator, a, b }) => operator !== 'outside' || a < b)
      .map(({ metric, operator, a, b }) => ({
        metric,
        operator,
        threshold: operator === 'outside' ? { min: a, max: b } : a,
        recoveryThreshold: undefined,
      }));
    const values = fc.record({ temperature: limit, cpu: limit, ram: limit, hd: limit });
    fc.assert(
      fc.property(fc.array(rule, { minLength: 1, maxLength: 5 }), values, (list, measured) => {
        const compiled = rules(...list.map((one, i) => ({ ...one, name: `rule-${i}` }))).map(compileRule);
        const one = reading('10:00:00', measured);
        const breached = compiled.some((each) => isBreach(one, each));
        expect(quietTest(compiled)(metricsOf(one)) && breached).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('calls a reading quiet that is well within every threshold', () => {
    const compiled = rules({}, { name: 'cold', operator: '<', threshold: 10, recoveryThreshold: 12 }).map(
      compileRule,
    );
    expect(quietTest(compiled)(metricsOf(reading('10:00:00')))).toBe(true);
    expect(quietTest(compiled)(metricsOf(reading('10:00:00', { temperature: 9 })))).toBe(false);
    expect(quietTest(compiled)(metricsOf(reading('10:00:00', { temperature: 81 })))).toBe(false);
  });
});

describe('a selector', () => {
  const applies = (selector: Record<string, string[]>, site: string, device: string) =>
    rules({ selector }).map(compileRule)[0]?.appliesTo(site, device);

  it('matches ids literally, and patterns as a shell does', () => {
    expect(applies({ sites: ['site-a'] }, 'site-a', 'x')).toBe(true);
    expect(applies({ sites: ['site-a'] }, 'site-ab', 'x')).toBe(false);
    expect(applies({ devices: ['pump-*'] }, 's', 'pump-17')).toBe(true);
    expect(applies({ devices: ['pump-?'] }, 's', 'pump-17')).toBe(false);
    expect(applies({ devices: ['v1.2'] }, 's', 'v1x2')).toBe(false);
    expect(applies({ devices: ['*-fan', 'pump-*'] }, 's', 'roof-fan')).toBe(true);
  });

  it('requires both the site and the device to match', () => {
    const selector = { sites: ['north-*'], devices: ['pump-*'] };
    expect(applies(selector, 'north-1', 'pump-1')).toBe(true);
    expect(applies(selector, 'north-1', 'fan-1')).toBe(false);
    expect(applies(selector, 'south-1', 'pump-1')).toBe(false);
  });
});
