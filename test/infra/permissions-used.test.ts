/** Least privilege, checked from the other side: the calls that the detector really makes, and its role. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { permissions } from './aws/support/permissions-table.ts';
import type { Resource } from './aws/support/synth.ts';
import { actionsIn } from './support/actions-in.ts';
import { openSession } from './support/local-session.ts';

/** Actions that Lambda performs on the detector's behalf; none of our code calls them. */
const BY_LAMBDA_ITSELF = [
  // https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-create.html
  'kinesis:DescribeStream',
  'kinesis:DescribeStreamSummary',
  'kinesis:GetRecords',
  'kinesis:GetShardIterator',
  'kinesis:ListShards',
  // https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html
  's3:ListBucket',
  's3:PutObject',
  'logs:CreateLogStream',
  'logs:PutLogEvents',
];
/** The same, if the function is traced. */
const FOR_TRACES = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];

function forLambda(resources: Record<string, Resource>): string[] {
  const traced = Object.values(resources).some(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.TracingConfig?.Mode === 'Active',
  );
  return traced ? [...BY_LAMBDA_ITSELF, ...FOR_TRACES] : BY_LAMBDA_ITSELF;
}

/** What the role allows, on one resource or several, without what Lambda itself needs. Both write to the failure bucket. */
function forItsCode(resources: Record<string, Resource>): string[] {
  const allowed = permissions(resources)
    .filter(({ who, statement }) => who.includes('DetectorRole') && statement.Effect === 'Allow')
    .flatMap(({ actions, statement }) =>
      actions.filter((action) => statement.Sid === 'SetAside' || !forLambda(resources).includes(action)),
    );
  return [...new Set(allowed)].sort();
}

/** IAM is asked for each of its statements, which count by themselves. */
const STATEMENTS = 'dynamodb.BatchExecuteStatement';
/** It is asked as soon as an alert is published. */
const OF_NOTIFIER = 'ssm.';

/** `dynamodb.Query` → `dynamodb:Query`: for the services that the detector uses, actions are named as operations. */
const actionsOf = (calls: Record<string, number>) =>
  Object.keys(calls)
    .filter((call) => call !== STATEMENTS && !call.startsWith(OF_NOTIFIER))
    .map((call) => call.replace('.', ':'))
    .sort();

let session: Awaited<ReturnType<typeof openSession>>;
let resources: Record<string, Resource>;
beforeAll(async () => {
  session = await openSession();
  resources = session.assembly.template.Resources as Record<string, Resource>;
});
afterAll(() => session.close());

describe("the detector's role", () => {
  it('allows every call that its code makes in a run, and no other', async () => {
    // An item that nobody can read: what it is about is set aside.
    await session.putState({ site_id: { S: 'north' }, device_rule: { S: 'dev-2#temperature-high' } });
    await session.send(
      ['dev-1', 'dev-2'].flatMap((device_id) => Array(4).fill({ device_id, temperature: 97 })),
    );
    await vi.waitFor(async () => expect(await session.mails()).toHaveLength(1), 10_000);

    const called = () => actionsOf(session.runtime.counts().functionCalls);
    await vi.waitFor(() => expect(called()).toEqual(forItsCode(resources)), 10_000);
    // The run is observed, and the calls of others are not counted.
    expect(Object.keys(session.runtime.counts().calls)).toContain('kinesis.PutRecords');
  });

  it('allows every call that its source contains', () => {
    const allowed = forItsCode(resources).map((action) => action.slice(action.indexOf(':') + 1));
    expect(actionsIn('services/detector')).toEqual(allowed.sort());
  });

  it('allows everything that Lambda itself needs', () => {
    const role = permissions(resources).filter(({ who }) => who.includes('DetectorRole'));
    const actions = role.flatMap((permission) => permission.actions);
    expect(actions).toEqual(expect.arrayContaining(forLambda(resources)));
  });
});
