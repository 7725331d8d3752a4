import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../../services/contract/reading.ts';
import { metricOf, parseRules, RulesError } from '../../../services/contract/rule.ts';

const RULE = {
  name: 'hot',
  metric: 'temperature',
  operator: '>',
  threshold: 80,
  severity: [{ severity: 'warning' }],
};
const parse = (...rules: Record<string, unknown>[]) => parseRules({ rules });

/** Every line of the explanation, without the name of the file. */
function problems(...changes: Record<string, unknown>[]): string[] {
  try {
    parse(...changes.map((change) => ({ ...RULE, ...change })));
  } catch (error) {
    if (error instanceof RulesError) return error.message.replace('rules.json: ', '').split('\n');
    throw error;
  }
  return [];
}

describe('a rule', () => {
  it('needs a name, a metric, an operator, a threshold and a severity', () => {
    expect(problems({})).toEqual([]);
    expect(() => parse({})).toThrow(RulesError);
    expect(
      ['name', 'metric', 'operator', 'threshold', 'severity'].filter(
        (field) => problems({ [field]: undefined })[0]?.startsWith(`rules[0].${field}: `) !== true,
      ),
    ).toEqual([]);
  });

  it('fills in defaults for the rest', () => {
    expect(parse(RULE)).toEqual([
      {
        ...RULE,
        kind: 'threshold',
        evaluationPeriods: 1,
        datapointsToClear: 1,
        sendResolved: true,
        notifyWithin: '6h',
      },
    ]);
  });

  it('is written in whole characters: half of one would cost an alert its row in the lake', () => {
    expect(problems({ annotations: { summary: 'Hot \ud83d' } })).toEqual([
      'rules[0].annotations.summary: Expected text, got half of a character, such as \\ud83d alone',
    ]);
    expect(problems({ annotations: { summary: 'Hot \u{1f525}' } })).toEqual([]);
  });

  it('says of a part of another type that alone', () => {
    const severity = 'rules[0].severity: Expected a list such as [{ "severity": "warning" }]';
    expect(problems({ severity: 'warning' })).toEqual([severity]);
    const ofStuck = problems({ kind: 'stuck', severity: 'warning' });
    expect(ofStuck.filter((problem) => problem.includes('severity'))).toEqual([severity]);
    expect(problems({ selector: { sites: '' } })).toEqual([
      'rules[0].selector.sites: Invalid input: expected array, received string',
    ]);
  });

  it('links to web addresses only: its mail and its page make links of them', () => {
    for (const runbookUrl of ['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'wiki/hot']) {
      expect(problems({ annotations: { runbookUrl } })).toEqual([
        'rules[0].annotations.runbookUrl: Expected a web address, such as https://wiki.example.com/hot',
      ]);
    }
    expect(problems({ annotations: { runbookUrl: 'http://wiki.local:8080/hot?a=b#c' } })).toEqual([]);
  });

  it.each([
    [
      'recovery on the wrong side, above',
      { recoveryThreshold: 85 },
      'rules[0].recoveryThreshold: Expected at most the threshold 80, got 85: an incident would end while the reading still breaches',
    ],
    [
      'recovery on the wrong side, below',
      { operator: '<', threshold: 5, recoveryThreshold: 4 },
      'rules[0].recoveryThreshold: Expected at least the threshold 5, got 4: an incident would end while the reading still breaches',
    ],
    [
      'a recovery range that sticks out',
      { operator: 'outside', threshold: { min: 10, max: 40 }, recoveryThreshold: { min: 12, max: 41 } },
      'rules[0].recoveryThreshold: Expected a range within 10..40, got 12..41: an incident would end while the reading still breaches',
    ],
    [
      'M above N',
      { evaluationPeriods: 3, datapointsToAlarm: 4 },
      'rules[0].datapointsToAlarm: Expected at most evaluationPeriods = 3, got 4: that many breaches can never be among so few readings',
    ],
    [
      'M without N',
      { datapointsToAlarm: 2 },
      'rules[0].datapointsToAlarm: Expected at most evaluationPeriods = 1, got 2: that many breaches can never be among so few readings',
    ],
    [
      'a ladder that does not rise',
      { severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 80 }] },
      'rules[0].severity[1].threshold: Expected a threshold further out than 80, got 80: this step could never be told from the one before',
    ],
    [
      'a ladder that goes up where the rule goes down',
      {
        operator: '<',
        threshold: 5,
        severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 9 }],
      },
      'rules[0].severity[1].threshold: Expected a threshold further out than 5, got 9: this step could never be told from the one before',
    ],
    [
      'a ladder out of order',
      { severity: [{ severity: 'critical' }, { severity: 'warning', threshold: 90 }] },
      'rules[0].severity[1].severity: Expected severities to rise from warning to critical, got warning after critical',
    ],
    [
      'a severity twice',
      { severity: [{ severity: 'warning' }, { severity: 'warning', threshold: 90 }] },
      'rules[0].severity[1].severity: Expected severities to rise from warning to critical, got warning after warning',
    ],
    [
      'a second step without a limit',
      { severity: [{ severity: 'warning' }, { severity: 'critical' }] },
      'rules[0].severity[1].threshold: Expected a threshold: only the first step takes that of the rule',
    ],
    [
      'a first step elsewhere than the rule',
      { severity: [{ severity: 'warning', threshold: 85 }] },
      'rules[0].severity[0].threshold: Expected the threshold of the rule, 80, or nothing, got 85: the first step begins where the rule does',
    ],
    [
      'a number for a range',
      { operator: 'outside' },
      'rules[0].threshold: Expected a range such as { "min": 10, "max": 40 } for the operator "outside", got 80',
    ],
    [
      'a range for a number',
      { threshold: { min: 1, max: 2 } },
      'rules[0].threshold: Expected a number for the operator ">", got a range',
    ],
    [
      'a range of the wrong kind in the ladder',
      { severity: [{ severity: 'warning' }, { severity: 'critical', threshold: { min: 0, max: 90 } }] },
      'rules[0].severity[1].threshold: Expected a number for the operator ">", got a range',
    ],
    [
      'a range upside down',
      { operator: 'outside', threshold: { min: 40, max: 10 } },
      'rules[0].threshold: Expected min below max, got 40..10',
    ],
    [
      'a percentage that cannot be reached',
      { metric: 'cpu', threshold: 100 },
      'rules[0].threshold: cpu is a percentage from 0 to 100, so "> 100" is never true',
    ],
    [
      'a step that cannot be reached',
      { metric: 'cpu', severity: [{ severity: 'warning' }, { severity: 'critical', threshold: 120 }] },
      'rules[0].severity[1].threshold: cpu is a percentage from 0 to 100, so "> 120" is never true',
    ],
    [
      'a percentage that is always breached',
      { metric: 'hd', operator: '>=', threshold: 0 },
      'rules[0].threshold: hd is a percentage from 0 to 100, so ">= 0" is always true',
    ],
    [
      'a percentage that cannot come back',
      { metric: 'ram', recoveryThreshold: -1 },
      'rules[0].recoveryThreshold: ram is a percentage from 0 to 100, so it can never come back past -1: no incident would end',
    ],
    [
      'a temperature that cannot be reached',
      { threshold: 10_000, recoveryThreshold: 75 },
      'rules[0].threshold: temperature is between -273.15 and 10000 °C, so "> 10000" is never true',
    ],
    ['a wait of weeks', { for: '8d' }, 'rules[0].for: Expected at most 7d, got 8d'],
    [
      'a duration in the wrong words',
      { keepFiringFor: '5 minutes' },
      'rules[0].keepFiringFor: Expected a duration such as 30s, 5m or 1h, got "5 minutes"',
    ],
    [
      'a selector that is not a pattern',
      { selector: { sites: ['north/*'] } },
      'rules[0].selector.sites[0]: Expected an id or a pattern such as site-0? or pump-* (letters, digits, . _ - and * ?)',
    ],
    ['a misspelt field', { treshold: 80 }, 'rules[0]: Unrecognized key: "treshold"'],
  ])('explains %s', (_, change, explanation) => {
    expect(problems(change)).toEqual([explanation]);
  });

  it('explains a selector that would select nothing', () => {
    expect(problems({ selector: { devices: [] } })[0]).toMatch(/^rules\[0\]\.selector\.devices: /);
  });

  it('may recover exactly at its threshold', () => {
    expect(problems({ recoveryThreshold: 80 })).toEqual([]);
  });
});

describe('a rule of another kind', () => {
  const of = (kind: string, fields: Record<string, unknown> = {}) => ({
    rules: [{ kind, name: 'other', severity: [{ severity: 'warning' }], ...fields }],
  });
  const explained = (kind: string, fields: Record<string, unknown>) => {
    try {
      parseRules(of(kind, fields));
    } catch (error) {
      if (error instanceof RulesError) return error.message.replace('rules.json: ', '').split('\n');
      throw error;
    }
    return [];
  };

  it('fills in its own defaults', () => {
    expect(parseRules(of('stuck', { metric: 'cpu' }))).toMatchObject([{ kind: 'stuck', for: '0s' }]);
    expect(parseRules(of('noisy', { metric: 'cpu' }))).toMatchObject([{ kind: 'noisy', sendResolved: true }]);
    const silent = { kind: 'silent', of: 'device', for: '5m', forgetAfter: '7d' };
    expect(parseRules(of('silent'))).toMatchObject([silent]);
    expect(parseRules(of('silent', { of: 'site' }))).toMatchObject([{ ...silent, of: 'site' }]);
    const unusual = { kind: 'unusual', sensitivity: 'medium', direction: 'both', keepFiringFor: '3h' };
    expect(parseRules(of('unusual', { metric: 'cpu' }))).toMatchObject([{ ...unusual, minimumChange: 5 }]);
    expect(parseRules(of('unusual', { metric: 'temperature' }))).toMatchObject([{ minimumChange: 2 }]);
    expect(parseRules(of('unusual', { metric: 'cpu', minimumChange: 0 }))).toMatchObject([
      { minimumChange: 0 },
    ]);
  });

  it.each([
    [
      'a kind that there is not',
      'quiet',
      {},
      'rules[0].kind: Expected one of threshold, stuck, noisy, silent, unusual, got "quiet"',
    ],
    [
      'words of another kind',
      'stuck',
      { metric: 'cpu', operator: '>' },
      'rules[0]: Unrecognized key: "operator"',
    ],
    ['a metric of a silence', 'silent', { metric: 'cpu' }, 'rules[0]: Unrecognized key: "metric"'],
    [
      'a ladder',
      'noisy',
      { metric: 'cpu', severity: [{ severity: 'warning' }, { severity: 'critical' }] },
      'rules[0].severity: Expected one severity, got 2: only thresholds have a ladder. Write a second rule',
    ],
    [
      'a silence that is too short to be told',
      'silent',
      { for: '30s' },
      'rules[0].for: Expected at least 2m, and three intervals of the devices, got 30s',
    ],
    [
      'a silence that ends as it begins',
      'silent',
      { for: '2h', forgetAfter: '1h' },
      'rules[0].forgetAfter: Expected longer than for = 2h, got 1h: an incident would end as it begins',
    ],
    [
      'a change that can never be',
      'unusual',
      { metric: 'cpu', minimumChange: 100 },
      'rules[0].minimumChange: Expected less than 100 %, got 100: cpu can never change by so much',
    ],
    [
      'an incident that never ends',
      'unusual',
      { metric: 'cpu', keepFiringFor: '8d' },
      'rules[0].keepFiringFor: Expected at most 7d, got 8d',
    ],
    [
      'a sensitivity that there is not',
      'unusual',
      { metric: 'cpu', sensitivity: 'some' },
      'rules[0].sensitivity: Invalid option: expected one of "low"|"medium"|"high"',
    ],
    [
      'a threshold of the unusual',
      'unusual',
      { metric: 'cpu', threshold: 5 },
      'rules[0]: Unrecognized key: "threshold"',
    ],
    [
      'devices of a silent site',
      'silent',
      { of: 'site', selector: { devices: ['pump-*'] } },
      'rules[0].selector.devices: Expected sites only, because the rule is of: site. Leave devices out, or write of: device',
    ],
  ])('explains %s', (_, kind, fields, explanation) => {
    expect(explained(kind, fields)).toEqual([explanation]);
  });
});

describe('a file of rules', () => {
  it('reports every problem at once, by path', () => {
    expect(problems({ recoveryThreshold: 85 }, { name: 'cold', datapointsToAlarm: 2 })).toHaveLength(2);
  });

  it('has every name only once', () => {
    expect(problems({}, { threshold: 90 })).toEqual([
      'rules[1].name: "hot" is already the name of rules[0]: state is kept by rule name',
    ]);
  });

  it('has at least one rule, and is an object', () => {
    expect(() => parseRules({ rules: [] })).toThrow(/rules\.json: rules: /);
    expect(() => parseRules([], 'my.json')).toThrow(/^my\.json: Invalid input: expected object/);
  });

  it('that ships with the project is valid, and watches every metric', () => {
    const ours = JSON.parse(
      readFileSync(new URL('../../../services/detector/rules.json', import.meta.url), 'utf8'),
    );
    expect(new Set(parseRules(ours).flatMap((rule) => metricOf(rule) ?? []))).toEqual(new Set(METRICS));
  });
});
