import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { granted } from './support/permissions-table.ts';
import { synthesize } from './support/synth.ts';

const stack = synthesize();
const [functionId, fn] = stack.all('AWS::Lambda::Function').find(([id]) => id.startsWith('Notifier')) ?? [];
const [queueId] = stack.all('AWS::SQS::Queue').find(([id]) => id.startsWith('Notifier')) ?? [];

describe('the notifier', () => {
  it('is told of every alert, tries three times, and leaves what it could not tell in a queue', () => {
    expect(stack.only('AWS::SNS::Subscription', 'Notifier').Properties).toEqual({
      ...{ Protocol: 'lambda', TopicArn: stack.outputs.AlertTopicArn?.Value },
      Endpoint: { 'Fn::GetAtt': [functionId, 'Arn'] },
    });
    expect(stack.only('AWS::Lambda::EventInvokeConfig', 'Notifier').Properties).toMatchObject({
      ...{ FunctionName: { Ref: functionId }, MaximumRetryAttempts: 2 },
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [queueId, 'Arn'] } } },
    });
  });

  it('has no address and no key in the template: only where they are', () => {
    const { Variables } = fn?.Properties.Environment ?? {};
    expect(Object.keys(Variables)).toEqual([
      ...['CHANNELS_PATH', 'SENT_TABLE_NAME', 'STACK_NAME', 'ATHENA_WORK_GROUP', 'DASHBOARD_NAME'],
      'POWERTOOLS_SERVICE_NAME',
      ...['POWERTOOLS_METRICS_NAMESPACE', 'POWERTOOLS_LOG_LEVEL'],
    ]);
    expect(stack.all('AWS::SSM::Parameter')).toEqual([]);
  });

  it('may do what its code does, and no more', () => {
    const source = readdirSync('services/notifier')
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(`services/notifier/${file}`, 'utf8'))
      .join('\n');
    const called = new Set([...source.matchAll(/new (\w+)Command\(/g)].map(([, command]) => command));
    const actions = granted(stack.resources)
      .filter(({ who }) => who === 'NotifierRole')
      .flatMap((permission) => permission.actions);
    const byLambda = ['sqs:SendMessage', 'logs:CreateLogStream', 'logs:PutLogEvents'];
    expect(
      actions.filter((action) => !byLambda.includes(action)).map((action) => action.split(':')[1]),
    ).toEqual(['GetParametersByPath', 'GetItem', 'UpdateItem']);
    expect([...called].sort()).toEqual(['GetItem', 'GetParametersByPath', 'UpdateItem']);
  });

  it('is left out with channels=off', () => {
    const without = synthesize({ channels: 'off' });
    expect(Object.keys(without.resources).filter((id) => /Notifier/.test(id))).toEqual([]);
    expect(without.outputs.ChannelsPath).toBeUndefined();
  });
});
