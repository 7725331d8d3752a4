/** The command against the local DynamoDB, and the detector's own reader on the same table. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { listing } from '../../../../infra/commands/silence/listing.ts';
import { type Asked, silenceOf } from '../../../../infra/commands/silence/request.ts';
import { runSilence } from '../../../../infra/commands/silence/silence.ts';
import { clientOptions } from '../../../../infra/emulator/stack/client-options.ts';
import type { Silence } from '../../../../services/contract/silence-schema.ts';
import { createKnownSilences } from '../../../../services/detector/known-silences.ts';
import { emulate } from '../../emulator/support/emulate.ts';
import { listen } from '../support/listen.ts';

const NOW = Date.parse('2026-01-31T12:00:00.000Z');
const ASKED: Asked = { site: ['plant-1'], comment: 'pump swap', by: 'ann', for: 7_200_000 };

describe('what is asked', () => {
  it.each<[string, Asked, Partial<Silence>]>([
    ['from now', {}, { starts_at: '2026-01-31T12:00:00.000Z', ends_at: '2026-01-31T14:00:00.000Z' }],
    [
      'from a time on',
      { from: '2026-02-01T10:00:00+01:00' },
      { starts_at: '2026-02-01T09:00:00.000Z', ends_at: '2026-02-01T11:00:00.000Z' },
    ],
    [
      'from later on until a time',
      { from: '30m', for: undefined, until: '2026-01-31T13:00:00Z' },
      { starts_at: '2026-01-31T12:30:00.000Z', ends_at: '2026-01-31T13:00:00.000Z' },
    ],
  ])('%s', (_, change, expected) => {
    expect(silenceOf({ ...ASKED, ...change }, NOW)).toMatchObject(expected);
  });

  it('every week, without an end', () => {
    const weekly = { weekly: 'Sun 02:00-04:00', zone: 'Europe/Berlin', for: undefined };
    const silence = silenceOf({ ...ASKED, ...weekly }, NOW);
    expect(silence).toMatchObject({ weekly: { window: 'Sun 02:00-04:00', zone: 'Europe/Berlin' } });
    expect(silence).not.toHaveProperty('ends_at');
  });

  it.each(['2026-02-01T01:01:00Z', '2026-02-08T00:00:00Z'])('every week until %s', (until) => {
    const weekly = { weekly: 'Sun 02:00-04:00', zone: 'Europe/Berlin', for: undefined, until };
    expect(silenceOf({ ...ASKED, ...weekly }, NOW)).toHaveProperty('ends_at');
  });

  it.each<[Asked, string]>([
    [{ site: undefined }, 'Expected what to be silent about: --site, --device, --rule or --severity'],
    [{ comment: ' ' }, 'Expected --comment'],
    [{ for: undefined }, 'Expected how long: --for, such as 2h, --until a time, or --weekly'],
    [{ until: '3h' }, 'Expected --for or --until, got both'],
    [{ for: undefined, until: '2026-01-31T11:00:00Z' }, 'Expected an end after its beginning'],
    [{ from: 'tomorrow' }, '--from "tomorrow": Expected an RFC 3339 time such as 2026-01-31T09:30:00Z'],
    [{ weekly: 'Sun 02:00-04:00' }, 'Expected --weekly and --zone together'],
    [{ weekly: 'Sun 2-4', zone: 'UTC' }, 'Expected days and times such as "Sun 02:00-04:00"'],
    [
      { weekly: 'Sun 02:00-04:00', zone: 'Berlin' },
      'Expected a zone such as Europe/Berlin or UTC, got "Berlin"',
    ],
    [
      { weekly: 'Sun 02:00-04:00', zone: 'Europe/Berlin', for: undefined, until: '2026-02-01T01:00:00Z' },
      'Expected "Sun 02:00-04:00" (Europe/Berlin) to come before the end, 2026-02-01T01:00:00.000Z',
    ],
    [{ severity: ['high'] }, 'Expected --severity, one of warning, critical, got "high"'],
  ])('%j is refused: %s', (change, message) => {
    expect(() => silenceOf({ ...ASKED, ...change }, NOW)).toThrow(message);
  });
});

it('a list says what is active first, in 80 columns', () => {
  const one = (id: string, change: Partial<Silence>): Silence => ({
    id,
    ...silenceOf(ASKED, NOW),
    ...change,
  });
  const text = listing(
    [
      one('a', { starts_at: '2026-01-31T15:00:00.000Z', ends_at: '2026-01-31T16:00:00.000Z' }),
      one('b', {
        matchers: { rules: ['temperature-*', 'cpu-saturated'], severities: ['warning'] },
        weekly: { window: 'Sat 11:00-13:00', zone: 'UTC' },
        ends_at: undefined,
      }),
    ],
    NOW,
  );
  expect(text).toBe(`b  active  Sat 11:00-13:00 UTC, from 2026-01-31 12:00 UTC
   rule temperature-* or cpu-saturated, severity warning; ann: pump swap
a  waits   from 2026-01-31 15:00 UTC until 2026-01-31 16:00 UTC
   site plant-1; ann: pump swap
`);
});

const TEMPLATE = {
  Resources: {
    State: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        KeySchema: [
          { AttributeName: 'site_id', KeyType: 'HASH' },
          { AttributeName: 'device_rule', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'site_id', AttributeType: 'S' },
          { AttributeName: 'device_rule', AttributeType: 'S' },
        ],
        BillingMode: 'PAY_PER_REQUEST',
      },
    },
  },
  Outputs: { StateTableName: { Value: { Ref: 'State' } } },
};
const OTHER_OUTPUTS = Object.fromEntries(
  [
    ...['Region', 'StreamName', 'AlertTopicArn', 'LakeBucketName', 'FailureBucketName', 'DatabaseName'],
    ...['ReadingsTableName', 'AlertsTableName', 'WorkGroupName', 'DetectorFunctionName'],
  ].map((name) => [name, name === 'Region' ? 'us-east-1' : 'x']),
);

async function run(dir: string, ...argv: string[]) {
  const { said, io } = listen();
  const code = await runSilence([...argv, '--local', '--dir', dir], io);
  return { code, ...said };
}

it('the command adds, lists and ends a silence, which the detector reads', async () => {
  const { folder, endpoint, stack } = await emulate(TEMPLATE);
  const table = String(stack.outputs.StateTableName);
  const outputs = { ...OTHER_OUTPUTS, ...stack.outputs, Endpoint: endpoint };
  writeFileSync(join(folder, 'outputs.json'), JSON.stringify({ Streamwatch: outputs }));
  const client = new DynamoDBClient(clientOptions(endpoint));
  onTestFinished(() => client.destroy());
  const command = (...argv: string[]) => run(folder, ...argv);

  expect((await command('list')).stdout).toMatch(/^There are no silences/);
  const what = ['--site', 'plant-1', '--rule', 'temperature-*', '--for', '2h', '--comment', 'swap'];
  const added = await command('add', ...what);
  expect(added).toMatchObject({ code: 0, stdout: '' });
  expect(added.stderr).toMatch(
    /^Silence [0-9a-f]{8}: nobody is told of site plant-1, rule temperature-\*, from /,
  );
  const logger = () => {
    throw new Error('Nothing to log');
  };
  const [silence] = await createKnownSilences(client, table, { now: Date.now, logger }).all();
  expect(silence).toMatchObject({
    matchers: { sites: ['plant-1'], rules: ['temperature-*'] },
    comment: 'swap',
  });
  const id = silence?.id ?? '';
  expect((await command('list')).stdout).toContain(`${id}  active  from `);
  expect(JSON.parse((await command('list', '--json')).stdout)).toEqual({ ...silence, state: 'active' });
  const ended = await command('end', id.slice(0, 4));
  expect(ended).toMatchObject({ code: 0, stderr: expect.stringContaining(`${id} is over`) });
  expect((await command('list')).stdout).toMatch(/^There are no silences/);
  expect((await command('list', '--all')).stdout).toContain(`${id}  over`);
  expect(await command('end', id)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/has been over since 20/),
  });
  expect(await command('end', 'zz')).toMatchObject({
    ...{
      code: 1,
      stderr: expect.stringMatching(
        /^There is no silence zz. List them with: npm run silence -- list --local --dir /,
      ),
    },
  });
  const odd = await command('add', '--site', 'plant 1', '--for', '1h', '--comment', 'x');
  expect(odd).toMatchObject({ code: 2, stderr: expect.stringContaining('Expected a name, or a pattern') });
});

it.each([
  [['end'], 'Expected the id of a silence'],
  [['stop', 'x'], 'Expected one of add, list, end, got "stop"'],
  [['list', 'x'], 'Expected nothing after list, got "x"'],
  [['add', '--site', 'a', '--for', '0s', '--comment', 'x'], 'Expected a duration above 0'],
])('%j is misused: %s', async (argv, message) => {
  expect(await run('nowhere', ...argv)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});
