import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { KNOBS, parseConfig } from '../../../../infra/aws/settings/config.ts';
import { UserError } from '../../../../infra/cli/user-error.ts';

const problems = (context: Record<string, unknown>): string[] => {
  try {
    parseConfig(context);
  } catch (error) {
    if (error instanceof UserError) return error.message.split('\n');
    throw error;
  }
  return [];
};

describe('configuration', () => {
  it('has a default for every knob', () => {
    expect(parseConfig({})).toEqual({
      alertEmail: [],
      operationsEmail: [],
      runbookUrl: undefined,
      streamMode: 'provisioned',
      shards: 1,
      streamRetentionHours: 24,
      batchSize: 100,
      batchWindowSeconds: 1,
      enhancedFanOut: 'off',
      parallelizationFactor: 1,
      maxRetries: 100,
      maxRecordAgeSeconds: 0,
      modelPeriodMinutes: 20,
      detectorMemoryMb: 512,
      detectorTimeoutSeconds: 60,
      tracing: 'off',
      dashboard: 'on',
      edge: 'on',
      channels: 'on',
      ...{ edgeMqtt: 'off', edgeHttp: 'off' },
      budgetUsd: 0,
      logLevel: 'INFO',
      logRetentionDays: 30,
      deliveryBufferMb: 128,
      deliveryBufferSeconds: 60,
      extraFields: 'off',
      lakeRetentionDays: 0,
      queryScanLimitMb: 10_000,
    });
  });

  it('reads the strings that -c gives as well as the numbers of cdk.json', () => {
    expect(parseConfig({ shards: '4', logRetentionDays: '7' })).toMatchObject({
      shards: 4,
      logRetentionDays: 7,
    });
    expect(parseConfig({ shards: 4, logRetentionDays: 7 })).toMatchObject({ shards: 4, logRetentionDays: 7 });
  });

  it('reads several addresses, dropping repeats', () => {
    expect(parseConfig({ alertEmail: 'a@example.com, b@example.com,a@example.com' }).alertEmail).toEqual([
      'a@example.com',
      'b@example.com',
    ]);
    expect(parseConfig({ alertEmail: '' }).alertEmail).toEqual([]);
  });

  it.each([
    [
      { shards: 'many' },
      'shards: Expected a whole number of shards from 1 to 500, got "many". Set it with: -c shards=1',
    ],
    [
      { shards: 0 },
      'shards: Expected a whole number of shards from 1 to 500, got 0. Set it with: -c shards=1',
    ],
    [
      { shards: '1.5' },
      'shards: Expected a whole number of shards from 1 to 500, got "1.5". Set it with: -c shards=1',
    ],
    [
      { deliveryBufferSeconds: 59 },
      'deliveryBufferSeconds: Expected a whole number of seconds from 60 to 900, got 59. Set it with: -c deliveryBufferSeconds=60',
    ],
    [
      { streamMode: 'ondemand' },
      'streamMode: Expected one of provisioned, on-demand, got "ondemand". Set it with: -c streamMode=provisioned',
    ],
    [
      { alertEmail: 'nobody' },
      'alertEmail: Expected e-mail addresses, separated by commas, got "nobody". Set it with: -c alertEmail=you@example.com',
    ],
    [
      { maxRecordAgeSeconds: 59 },
      'maxRecordAgeSeconds: Expected a whole number of seconds from 60 to 604800, or 0, got 59. Set it with: -c maxRecordAgeSeconds=0',
    ],
    [
      { runbookUrl: ' ' },
      'runbookUrl: Expected a web address, without blanks, got " ". Set it with: -c runbookUrl=https://wiki.example.com/runbooks',
    ],
  ])('refuses %j with what was expected, what was given, and how to fix it', (context, message) => {
    expect(problems(context)).toEqual([message]);
  });

  it.each([
    ['["a@example.com","b@example.com"]'],
    [' [ "a@example.com" , "b@example.com" ] '],
    ['a@example.com , b@example.com'],
    [['a@example.com', 'b@example.com', 'a@example.com']],
  ])('reads %j as the two addresses', (alertEmail) => {
    expect(parseConfig({ alertEmail }).alertEmail).toEqual(['a@example.com', 'b@example.com']);
  });

  describe('reads every odd spelling as it was meant, or says what it expected instead', () => {
    const ODD = [
      ...[
        '',
        ' ',
        '2.0',
        ' 3 ',
        '+3',
        '-3',
        '1e3',
        '0x10',
        '3,000',
        '3_000',
        '3 ',
        '1/2',
        '٣',
        'NaN',
        'Infinity',
      ],
      ...[
        'true',
        'TRUE',
        'yes',
        'null',
        'undefined',
        'off ',
        'On',
        'info',
        '[]',
        '[3]',
        '["3"]',
        '{}',
        '3,',
        ',3',
      ],
      ...['a@example.com,', 'a@example.com b@example.com', 'a@example.com;b@example.com', '"a@example.com"'],
      ...[
        "'a@example.com'",
        '<a@example.com>',
        'A <a@example.com>',
        '["a@example.com"',
        '["a@example.com",]',
      ],
      ...['[["a@example.com"]]', '[null]', 'a@@example.com', 'a@example', '@example.com', 'a@example.com\nb'],
      ...[
        null,
        true,
        false,
        2.5,
        -1,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        1e21,
        [],
        [3],
        ['on'],
        {},
        [null],
      ],
    ];
    /** What may be meant by one of them, and so is read. */
    const READ: Record<string, unknown> = {
      'alertEmail ""': [],
      'alertEmail "[]"': [],
      'alertEmail []': [],
      'operationsEmail ""': [],
      'operationsEmail "[]"': [],
      'operationsEmail []': [],
    };

    it.each(Object.keys(KNOBS) as (keyof typeof KNOBS)[])('%s', (name) => {
      for (const value of ODD) {
        const written = typeof value === 'number' ? String(value) : JSON.stringify(value);
        const expected = READ[`${name} ${written}`];
        const said = problems({ [name]: value });
        if (expected === undefined) {
          expect(said, written).toEqual([
            `${name}: ${said[0]?.match(/Expected (?:a whole|one of|a web|e-mail)[^"]*, got /)?.[0]}${written}. ` +
              `Set it with: -c ${name}=${KNOBS[name].example}`,
          ]);
        } else {
          expect(parseConfig({ [name]: value })[name], written).toEqual(expected);
        }
      }
    });
  });

  it('takes for a link what is one in a mail', () => {
    const runbookUrl = 'https://wiki.example.com/run?a=b#c';
    expect(parseConfig({ runbookUrl: ` ${runbookUrl} ` }).runbookUrl).toBe(runbookUrl);
    for (const bad of [
      'https://wiki.example.com/run books',
      'docs/runbooks.md',
      'RUNBOOK.md',
      '/x/y',
      'https://',
    ])
      expect(problems({ runbookUrl: bad })).toHaveLength(1);
  });

  it('names every problem at once', () => {
    expect(problems({ shards: 0, batchSize: 0 })).toHaveLength(2);
  });

  it('refuses a knob that does not exist, and suggests the one that was meant', () => {
    expect(problems({ shard: 2 })).toEqual(['shard: no such setting. Did you mean shards?']);
    expect(problems({ alertemail: 'a@example.com' })).toEqual([
      'alertemail: no such setting. Did you mean alertEmail?',
    ]);
    expect(problems({ awsShards: 2 })).toEqual(['awsShards: no such setting. Did you mean shards?']);
    expect(problems({ colour: 'blue' })[0]).toContain(`The settings are: ${Object.keys(KNOBS).join(', ')}`);
  });

  it.each([
    ['alert-email', 'alertEmail'],
    ['alert_email', 'alertEmail'],
    ['ALERT-EMAIL', 'alertEmail'],
    ['alert.email', 'alertEmail'],
    [' alertEmail', 'alertEmail'],
    ['--alertEmail', 'alertEmail'],
    ['streamwatch:alertEmail', 'alertEmail'],
    ['streamwatch/alert-email', 'alertEmail'],
    ['alert-emial', 'alertEmail'],
    ['log-level', 'logLevel'],
    ['max-retrie', 'maxRetries'],
    ['stream:shards', 'shards'],
  ])('refuses %j, another spelling of ours, instead of ignoring it', (key, name) => {
    expect(problems({ [key]: 'x' })).toEqual([
      expect.stringContaining(`${key}: no such setting. Did you mean `),
    ]);
    expect(problems({ [key]: 'x' })[0]).toContain(name);
  });

  it('is in docs/operations.md exactly as in the code', () => {
    const page = readFileSync('docs/operations.md', 'utf8');
    const rows = Object.entries(KNOBS).map(
      ([name, knob]) => `| \`${name}\` | ${knob.allowed} | ${knob.default} | ${knob.meaning} |`,
    );
    expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual(rows);
  });

  it("leaves CDK's own context alone", () => {
    expect(
      problems({
        'aws:cdk:bundling-stacks': [],
        '@aws-cdk/core:explicitStackTags': true,
        'cli-telemetry': false,
        'aws-cdk:enableDiffNoFail': true,
        '@aws-cdk-containers/ecs-service-extensions:enableDefaultLogDriver': true,
        '@aws-cdk/aws-lambda:recognizeLayerVersion': true,
        'acknowledged-issue-numbers': [19836],
        'availability-zones:account=123456789012:region=us-east-1': ['us-east-1a'],
        'hosted-zone:account=123456789012:domainName=dashboard.example.com:region=us-east-1': { Id: 'Z' },
        'ssm:account=123456789012:parameterName=/shards:region=us-east-1': '3',
        'my-team:cost-centre': 'x',
      }),
    ).toEqual([]);
  });

  it('refuses shards for a stream that scales by itself', () => {
    expect(problems({ streamMode: 'on-demand', shards: 2 })).toHaveLength(1);
    expect(problems({ streamMode: 'on-demand' })).toEqual([]);
  });
});
