/** `npm run deploy -- --revert-drift`, against an HTTP server that speaks CloudFormation's protocol. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { revertDrift } from '../../../../infra/commands/deploy/revert-drift.ts';
import { type FakeCloudFormation, fakeCloudFormation } from '../support/fake-cloudformation.ts';
import { listen } from '../support/listen.ts';

let aws: FakeCloudFormation;
let sent: Map<string, URLSearchParams[]>;
let looks: Record<string, string[]>;

const CHANGED = `<member><LogicalResourceId>Role</LogicalResourceId><ResourceType>AWS::IAM::Role</ResourceType>
  <StackId>s</StackId><StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp>
  <PropertyDifferences><member><PropertyPath>/MaxSessionDuration</PropertyPath><ExpectedValue>3600</ExpectedValue>
  <ActualValue>7200</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member></PropertyDifferences></member>`;
const DELETED = `<member><LogicalResourceId>Table</LogicalResourceId><ResourceType>AWS::Glue::Table</ResourceType>
  <StackId>s</StackId><StackResourceDriftStatus>DELETED</StackResourceDriftStatus><Timestamp>2026-01-01T00:00:00Z</Timestamp></member>`;
const change = (action: string, id: string, type: string) =>
  `<member><Type>Resource</Type><ResourceChange><Action>${action}</Action><LogicalResourceId>${id}</LogicalResourceId>` +
  `<ResourceType>${type}</ResourceType></ResourceChange></member>`;
const ROLE_BACK = change('Modify', 'Role', 'AWS::IAM::Role');
const TABLE_BACK = change('Add', 'Table', 'AWS::Glue::Table');

/** Answers with each of the texts in turn, and then with the last one again. */
function answer(action: string, ...texts: string[]): void {
  looks[action] = texts;
  aws.answers.set(action, (form) => {
    sent.set(action, [...(sent.get(action) ?? []), form]);
    const [now = '', ...then] = looks[action] ?? [];
    if (then.length > 0) looks[action] = then;
    return now;
  });
}

beforeEach(async () => {
  aws = await fakeCloudFormation();
  [sent, looks] = [new Map(), {}];
  vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', aws.url);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  aws.stacks.set('Streamwatch', { status: 'UPDATE_COMPLETE' });
  answer('DetectStackDrift', '<StackDriftDetectionId>d</StackDriftDetectionId>');
  answer(
    'DescribeStackDriftDetectionStatus',
    '<DetectionStatus>DETECTION_IN_PROGRESS</DetectionStatus>',
    '<DetectionStatus>DETECTION_COMPLETE</DetectionStatus>',
  );
  answer('DescribeStackResourceDrifts', `<StackResourceDrifts>${CHANGED}${DELETED}</StackResourceDrifts>`);
  answer('CreateChangeSet', '<Id>arn:change</Id>');
  answer(
    'DescribeChangeSet',
    '<Status>CREATE_IN_PROGRESS</Status>',
    `<Status>CREATE_COMPLETE</Status><NextToken>more</NextToken><Changes>${ROLE_BACK}</Changes>`,
    `<Status>CREATE_COMPLETE</Status><Changes>${TABLE_BACK}</Changes>`,
  );
  answer('ExecuteChangeSet', '');
  answer('DeleteChangeSet', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await aws.close();
});

async function revert(given: { yes?: boolean; answer?: boolean } = {}) {
  const { said, io } = listen();
  const exitCode = await revertDrift({
    ...io,
    stackName: 'Streamwatch',
    yes: given.yes ?? false,
    ask: given.answer === undefined ? undefined : async () => given.answer === true,
    wait: async () => {},
    now: () => 7,
  });
  return { exitCode, said: said.stderr };
}

describe('--revert-drift', () => {
  it('shows what was changed by hand and what CloudFormation would do, and does it after a yes', async () => {
    const { exitCode, said } = await revert({ answer: true });
    expect(said).toBe(
      [
        'Looking for what was changed by hand in Streamwatch, eu-central-1 …',
        '  Role (AWS::IAM::Role) was changed',
        '    /MaxSessionDuration: 7200, not 3600',
        '  Table (AWS::Glue::Table) was deleted',
        'CloudFormation would:',
        '  Modify Role (AWS::IAM::Role)',
        '  Add Table (AWS::Glue::Table)',
        'Streamwatch is as its template says.',
        '',
      ].join('\n'),
    );
    expect(exitCode).toBe(0);
    const [asked] = sent.get('CreateChangeSet') ?? [];
    expect(asked?.get('DeploymentMode')).toBe('REVERT_DRIFT');
    expect(asked?.get('UsePreviousTemplate')).toBe('true');
    expect(sent.get('DescribeChangeSet')?.at(-1)?.get('NextToken')).toBe('more');
    expect(sent.get('ExecuteChangeSet')?.[0]?.get('ChangeSetName')).toBe('arn:change');
  });

  it.each([
    ['a no', { answer: false }],
    ['nobody to ask', {}],
  ])('changes nothing after %s, and leaves no change set behind', async (_, given) => {
    const { exitCode, said } = await revert(given);
    expect(exitCode).toBe(1);
    expect(said).toContain('Nothing was changed.\n');
    expect(sent.get('ExecuteChangeSet')).toBeUndefined();
    expect(sent.get('DeleteChangeSet')).toHaveLength(1);
  });

  it('takes --yes for what was changed by hand, and for nothing else', async () => {
    expect((await revert({ yes: true })).exitCode).toBe(0);
    answer(
      'DescribeChangeSet',
      `<Status>CREATE_COMPLETE</Status><Changes>${change('Modify', 'Stream', 'AWS::Kinesis::Stream')}</Changes>`,
    );
    const { exitCode, said } = await revert({ yes: true });
    expect(exitCode).toBe(1);
    expect(said).toContain('  ! Modify Stream (AWS::Kinesis::Stream)\n');
    expect(said).toContain('only a person at a terminal can agree to that');
    expect(sent.get('ExecuteChangeSet')).toHaveLength(1);
    expect((await revert({ answer: true })).exitCode).toBe(0);
  });

  it('has nothing to do where nothing has drifted', async () => {
    answer('DescribeStackResourceDrifts', '<StackResourceDrifts/>');
    const { exitCode, said } = await revert();
    expect([exitCode, sent.get('CreateChangeSet')]).toEqual([0, undefined]);
    expect(said).toContain('Everything is as the template says');
  });

  it('says why CloudFormation cannot, and when it has rolled back', async () => {
    answer('DescribeChangeSet', '<Status>FAILED</Status><StatusReason>not supported</StatusReason>');
    await expect(revert({ yes: true })).rejects.toThrow(
      'CloudFormation cannot put it back by itself: not supported',
    );
    expect(sent.get('DeleteChangeSet')).toHaveLength(1);
    answer('DescribeChangeSet', `<Status>CREATE_COMPLETE</Status><Changes>${ROLE_BACK}</Changes>`);
    aws.stacks.set('Streamwatch', { status: 'UPDATE_ROLLBACK_COMPLETE' });
    expect(await revert({ yes: true })).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('Not put back: the stack is UPDATE_ROLLBACK_COMPLETE.\n'),
    });
  });
});
