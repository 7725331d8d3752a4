import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../infra/aws/settings/config.ts';
import { synthesize } from './support/synth.ts';

describe('the way in over MQTT', () => {
  const on = synthesize({ edgeMqtt: 'on' });

  it('is not there unless it is asked for, and needs certificates', () => {
    const off = synthesize();
    expect(Object.keys(off.resources).filter((id) => id.startsWith('EdgeMqtt'))).toEqual([]);
    expect(JSON.stringify(off.resources)).not.toContain('edge/');
    expect(Object.keys(on.resources).filter((id) => !id.startsWith('EdgeMqtt'))).toEqual(
      Object.keys(off.resources),
    );
    expect(() => parseConfig({ edge: 'off', edgeMqtt: 'on' })).toThrow('edgeMqtt: it needs the certificates');
  });

  it('is a rule for what is published to itself, every byte, with the site as key', () => {
    const { RuleName, TopicRulePayload } = on.only('AWS::IoT::TopicRule').Properties;
    expect(RuleName).toBe('Streamwatch_edge');
    expect(TopicRulePayload.Sql).toBe('SELECT *');
    expect(TopicRulePayload.Actions).toMatchObject([{ Kinesis: { PartitionKey: '${topic(1)}' } }]);
    expect(TopicRulePayload.ErrorAction.S3.Key).toBe('edge/${topic(1)}/${timestamp()}-${newuuid()}.json');
    expect(on.outputs.EdgeRuleName?.Value).toEqual({ Ref: expect.stringMatching(/^EdgeMqttRule/) });
  });

  it('two stacks have two rules, without a character that AWS IoT refuses', () => {
    const other = synthesize({ edgeMqtt: 'on' }, { name: 'Stream-two' });
    expect(other.only('AWS::IoT::TopicRule').Properties.RuleName).toBe('Stream_two_edge');
  });

  it('lets a certificate connect and publish under the name of its own thing', () => {
    const { Statement } = on.only('AWS::IoT::Policy').Properties.PolicyDocument;
    const arn = (rest: string) => ({
      'Fn::Join': [
        '',
        [
          ...['arn:', { Ref: 'AWS::Partition' }, ':iot:', { Ref: 'AWS::Region' }],
          ...[':', { Ref: 'AWS::AccountId' }, rest],
        ],
      ],
    });
    expect(Statement.slice(1)).toEqual([
      {
        ...{ Effect: 'Allow', Action: 'iot:Connect' },
        Resource: arn(':client/${iot:Connection.Thing.ThingName}'),
        Condition: { Bool: { 'iot:Connection.Thing.IsAttached': 'true' } },
      },
      {
        ...{ Effect: 'Allow', Action: 'iot:Publish' },
        Resource: arn(':topic/$aws/rules/Streamwatch_edge/${iot:Connection.Thing.ThingName}'),
      },
    ]);
  });

  it('rings the alarm of the failure bucket for what the stream did not take', () => {
    const rule = JSON.stringify(on.only('AWS::Events::Rule', 'StorageFailedBatches').Properties.EventPattern);
    expect(rule).toContain('{"prefix":"aws/lambda/"},{"prefix":"edge/"}');
  });
});
