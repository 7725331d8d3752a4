import { describe, expect, it } from 'vitest';
import { type Resource, synthesize } from './support/synth.ts';

describe('the way in over HTTP', () => {
  const on = synthesize({ edgeHttp: 'on' });
  const method = on.only('AWS::ApiGateway::Method').Properties;

  it('is not there unless it is asked for', () => {
    const { resources, outputs } = synthesize();
    expect(Object.keys(resources).filter((id) => id.startsWith('EdgeHttp'))).toEqual([]);
    expect(Object.keys(outputs).filter((name) => name.startsWith('EdgeHttp'))).toEqual([]);
    const ids = Object.keys(on.resources).filter((id) => !/^EdgeHttp|HttpApiFails/.test(id));
    expect(ids).toEqual(Object.keys(resources));
  });

  it('has no function on the way of a reading, and a role for one call', () => {
    expect(method.Integration).toMatchObject({ Type: 'AWS', PassthroughBehavior: 'NEVER' });
    expect(JSON.stringify(method.Integration.Uri)).toContain(':kinesis:action/PutRecord');
    const [statement] = on.only('AWS::IAM::Policy', 'EdgeHttpSender').Properties.PolicyDocument.Statement;
    expect(statement).toMatchObject({
      Action: 'kinesis:PutRecord',
      Resource: { 'Fn::GetAtt': [expect.stringMatching(/^IngestStream/), 'Arn'] },
    });
  });

  it('takes the partition key from the authorizer, and nothing of the request but the data', () => {
    for (const template of Object.values<object>(method.Integration.RequestTemplates)) {
      const text = JSON.stringify(template);
      expect(text).toContain('\\"PartitionKey\\":\\"$context.authorizer.site\\"');
      expect(text.match(/\$input/g)).toHaveLength(1);
      expect(text).toMatch(/\$util\.base64Encode\(\$input/);
    }
  });

  it('lets nobody in without a token, counts each site, and remembers a verdict for minutes', () => {
    expect(method).toMatchObject({ AuthorizationType: 'CUSTOM', ApiKeyRequired: true });
    expect(on.only('AWS::ApiGateway::RestApi').Properties.ApiKeySourceType).toBe('AUTHORIZER');
    expect(on.only('AWS::ApiGateway::Authorizer').Properties).toMatchObject({
      ...{ Type: 'TOKEN', AuthorizerResultTtlInSeconds: 300 },
      IdentityValidationExpression: '^Bearer [A-Za-z0-9_-]{43}$',
    });
    expect(on.only('AWS::ApiGateway::UsagePlan').Properties.Throttle).toEqual({
      ...{ RateLimit: 20, BurstLimit: 100 },
    });
  });

  it('logs neither what was sent nor the token', () => {
    const { AccessLogSetting, MethodSettings } = on.only('AWS::ApiGateway::Stage').Properties;
    expect(MethodSettings[0].DataTraceEnabled).toBe(false);
    expect(Object.values(JSON.parse(AccessLogSetting.Format))).toEqual(
      expect.arrayContaining(['$context.authorizer.site', '$context.status', '$context.error.responseType']),
    );
    expect(AccessLogSetting.Format).not.toMatch(/body|apiKey|header|Authorization/);
  });

  it('keeps what API Gateway logs itself no longer than other logs', () => {
    const named = on.all('AWS::Logs::LogGroup').filter(([, { Properties }]) => Properties.LogGroupName);
    expect(named).toHaveLength(1);
    const [[id, { Properties: group, DeletionPolicy }]] = named as [[string, Resource]];
    expect(group.LogGroupName).toEqual({
      'Fn::Join': [
        '',
        ['API-Gateway-Execution-Logs_', { Ref: expect.stringMatching(/^EdgeHttpApi/) }, '/v1'],
      ],
    });
    expect(group.RetentionInDays).toBe(30);
    expect(DeletionPolicy).toBe('Delete');
    // Else API Gateway is first, and CloudFormation finds the name taken.
    expect(on.only('AWS::ApiGateway::Stage').DependsOn).toContain(id);
  });

  it('speaks no TLS older than 1.2', () => {
    expect(on.only('AWS::ApiGateway::RestApi').Properties).toMatchObject({
      ...{ SecurityPolicy: 'SecurityPolicy_TLS13_1_2_PQ_2025_09', EndpointAccessMode: 'STRICT' },
    });
  });

  it('is watched', () => {
    const alarm = on.only('AWS::CloudWatch::Alarm', 'HttpApiFails').Properties;
    expect(alarm).toMatchObject({ Namespace: 'AWS/ApiGateway', MetricName: '5XXError' });
    expect(alarm.Dimensions).toEqual([{ Name: 'ApiName', Value: 'Streamwatch-readings' }]);
    expect(alarm.AlarmDescription).toContain('"http-api-fails"');
    expect(JSON.stringify(on.only('AWS::CloudWatch::Dashboard'))).toContain('Streamwatch-readings');
  });
});
