/** What functions make of the rules in their bundle is what the check of a rules file makes of them. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkedRules } from '../../../services/contract/checked-rules.ts';
import { METRICS } from '../../../services/contract/reading.ts';
import { parseRules, RULE_KINDS } from '../../../services/contract/rule.ts';
import shipped from '../../../services/detector/rules.json' with { type: 'json' };

it('the shipped rules are the same', () => {
  expect(checkedRules(shipped)).toEqual(parseRules(shipped));
});

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
/** Fields that a file may leave out, with values that fit the kinds that have them. */
const FIELDS: Record<string, Record<string, fc.Arbitrary<unknown>>> = {
  threshold: {
    evaluationPeriods: fc.constant(5),
    datapointsToAlarm: fc.constant(1),
    for: fc.constantFrom('0s', '1m'),
    datapointsToClear: fc.constant(3),
    keepFiringFor: fc.constant('5m'),
    recoveryThreshold: fc.constant(40),
  },
  stuck: { for: fc.constant('10m') },
  noisy: {},
  silent: {
    of: fc.constantFrom('device', 'site'),
    for: fc.constantFrom('3m', '1h'),
    forgetAfter: fc.constant('30d'),
  },
  unusual: {
    sensitivity: fc.constantFrom('low', 'high'),
    direction: fc.constantFrom('above', 'below'),
    minimumChange: fc.constantFrom(0, 1.5),
    keepFiringFor: fc.constant('1h'),
  },
};
const COMMON: Record<string, fc.Arbitrary<unknown>> = {
  sendResolved: fc.boolean(),
  notifyWithin: fc.constant('1h'),
  repeatEvery: fc.constant('1h'),
  selector: fc.constant({ sites: ['site-*'] }),
  annotations: fc.constant({ summary: 'Hot' }),
};

const rule = fc.constantFrom(...RULE_KINDS).chain((kind) => {
  const fields = Object.entries({ ...COMMON, ...FIELDS[kind] });
  const written = fc.record(Object.fromEntries(fields.map(([name, value]) => [name, optional(value)])));
  return fc.tuple(written, fc.constantFrom(...METRICS), fc.boolean()).map(([some, metric, named]) => ({
    ...(kind !== 'threshold' || named ? { kind } : {}),
    ...(kind === 'silent' ? {} : { metric }),
    ...(kind === 'threshold' ? { operator: '>', threshold: 50 } : {}),
    severity: [{ severity: 'warning' }],
    ...some,
  }));
});

it('so are any others, whatever a file leaves out', () => {
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 4 }), (some) => {
      const named = some.map((one, i) => ({ name: `rule-${i}`, ...one }));
      const file = JSON.parse(JSON.stringify({ rules: named })) as typeof shipped;
      expect(checkedRules(file)).toEqual(parseRules(file));
    }),
    { numRuns: 300 },
  );
});
