import { describe, expect, it } from 'vitest';
import type { ResourceRow } from '../../../../infra/emulator/registry.ts';
import type { RuntimeCounts } from '../../../../infra/local/runtime.ts';
import {
  banner,
  entry,
  eventLines,
  nextSteps,
  nodeNotes,
  painter,
  summary,
  whatRuns,
} from '../../../../infra/local/session/screen.ts';

const plain = painter(false);
const row = (name: string, type: string, mode: ResourceRow['mode']): ResourceRow => ({
  logicalId: name,
  name,
  type,
  mode,
});
const counts = (
  delivery: Partial<RuntimeCounts['delivery']>,
  rest: Partial<RuntimeCounts> = {},
): RuntimeCounts => ({
  delivery: { received: 0, inLake: 0, malformed: 0, lost: 0, pending: 0, ...delivery },
  ...{
    invocations: 0,
    abandoned: 0,
    opened: 0,
    resolved: 0,
    mails: 0,
    losses: [],
    denials: [],
    calls: {},
    functionCalls: {},
  },
  ...rest,
});

describe('the screen', () => {
  it('says in the summary what was lost, and counts it among what came in', () => {
    const loss = '2,040 lines of Stream (34 records): older than the 24 hours that the stream keeps';
    const text = summary(
      counts({ received: 2050, inLake: 10, lost: 2040 }, { losses: [loss] }),
      undefined,
      plain,
    ).join('\n');
    expect(text).toMatch(/lost before delivery \(below\) +2,040\n/);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`Lost: ${loss}`);
    expect(text).not.toContain('unaccounted');
  });

  it('says in the summary what IAM has denied', () => {
    const denial =
      'DetectorRole: dynamodb:PutItem on arn:aws:dynamodb:us-east-1:000000000000:table/State (9 ×)';
    const text = summary(counts({}, { denials: [denial] }), undefined, plain).join('\n');
    expect(text).toMatch(/Denied by IAM \(below\) +1\n/);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`IAM denied ${denial}`);
  });

  it('says how much of the template runs, by which services, and how much does not', () => {
    const rows = [
      row('Stream', 'AWS::Kinesis::Stream', 'local'),
      ...['a', 'b', 'c', 'd'].map((name) => row(name, 'AWS::Athena::NamedQuery', 'local')),
      row('Role', 'AWS::IAM::Role', 'enforced'),
      row('Rings', 'AWS::CloudWatch::Alarm', 'not emulated'),
      row('Shines', 'AWS::CloudWatch::Dashboard', 'not emulated'),
    ];
    expect(whatRuns(rows, plain).join(' ').replaceAll(/ +/g, ' ').trim()).toBe(
      "Runs here 5 of the template's 8 resources (Kinesis, Athena); 1 role or policy enforced; 2 not emulated. Each: npm start -- --resources",
    );
  });

  it('says which Node.js runs the functions, where it is not the one that is deployed', () => {
    const node = { path: '/node', version: '20.20.2', isDeployed: false };
    expect(nodeNotes(new Map([['nodejs24.x', node]]), plain)).toEqual([
      '  Node.js       20.20.2 runs functions, not nodejs24.x: npm run lambda-node',
    ]);
    expect(nodeNotes(new Map([['nodejs24.x', { ...node, isDeployed: true }]]), plain)).toEqual([]);
  });

  it('says an AWS command that works without an account', () => {
    const lines = nextSteps('http://127.0.0.1:65535', '--local', plain);
    expect(lines.join('\n')).toContain(
      `  AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 \\
    aws --endpoint-url http://127.0.0.1:65535 kinesis list-streams`,
    );
  });

  it('keeps to 80 columns, however long names and addresses are', () => {
    const endpoint = 'http://127.0.0.1:65535';
    const lines = [
      ...banner('10.20.30', 12_345, endpoint, plain),
      ...nextSteps(endpoint, '--local', plain),
      ...whatRuns(
        Array.from({ length: 30 }, (_, i) => row('A', `AWS::Service${i}::Thing`, 'local')),
        plain,
      ),
      ...eventLines({ type: 'mail', to: 'x', subject: 'FIRING critical: '.repeat(9) }, '11:22:33', plain),
      ...summary(counts({ received: 1_234_567_890, inLake: 1_234_567_890 }), 1_234_567_890, plain),
    ];
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('wraps a long notice below itself instead of cutting off the reason', () => {
    const lines = entry('11:22:33', 'error', 'one two '.repeat(14).trim(), plain);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.slice(1).every((line) => line.startsWith(' '.repeat(22)) && line[22] !== ' ')).toBe(true);
    expect(lines.map((line) => line.slice(22)).join(' ')).toBe('one two '.repeat(14).trim());
  });

  it('shows no content of readings: a delivered file is its folder and its number of rows', () => {
    const object = {
      bucket: 'lake',
      key: 'readings/dt=2026-01-01/hour=09/long-name.parquet',
      bytes: 10,
      rows: 1,
      kind: 'data',
    } as const;
    const lines = eventLines(
      { type: 'delivery', deliveryStream: 's', objects: [object, { ...object, kind: 'error', rows: 2 }] },
      'T',
      plain,
    );
    expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
      'T delivery 1 row → readings/dt=2026-01-01/hour=09/',
      'T delivery 2 malformed lines → readings/dt=2026-01-01/hour=09/',
    ]);
  });
});

describe('alarms', () => {
  it.each([
    ['ALARM', 'T alarm IteratorAge rings: behind'],
    ['INSUFFICIENT_DATA', 'T alarm IteratorAge rings, its metric has ended: behind'],
    ['OK', 'T alarm IteratorAge is quiet again: behind'],
  ] as const)('%s is one line', (state, words) => {
    const lines = eventLines(
      { type: 'alarm', name: 'Streamwatch-OperationsIteratorAge7F6E0B21', state, reason: 'behind' },
      'T',
      plain,
    );
    expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([words]);
  });
});

describe('the closing summary', () => {
  it('adds up, and mentions a difference if there is one', () => {
    const good = summary(
      counts({ received: 12, inLake: 9, malformed: 2, pending: 1 }),
      undefined,
      plain,
    ).join('\n');
    expect(good).toMatch(/received by the stream +12/);
    expect(good).toMatch(/not delivered yet +1/);
    expect(good).not.toMatch(/unaccounted/);
    const bad = summary(counts({ received: 12, inLake: 9, malformed: 2 }), undefined, plain).join('\n');
    expect(bad).toMatch(/1 unaccounted for/);
  });

  it('shows the fleet and the failure bucket only if there is something to show', () => {
    const text = summary(counts({}), undefined, plain).join('\n');
    expect(text).not.toMatch(/fleet|failure bucket/);
    expect(summary(counts({}, { abandoned: 3 }), 7, plain).join('\n')).toMatch(
      /by the fleet +7[\s\S]*failure bucket +3/,
    );
    expect(summary(counts({}), 7, plain, 4).join('\n')).toMatch(/by the fleet +7\n +at gateways .* 4\n/);
  });
});
