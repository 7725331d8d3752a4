/** AWS IoT and API Gateway: what they put into the stream with a role. */
import { z } from 'zod';
import { arnOf } from '../stack/identities.ts';
import { serviceCaller } from './caller.ts';
import { keyBelow, type NeedsOf, needs, withRole } from './stack-need.ts';

const IOT = 'https://docs.aws.amazon.com/iot/latest/developerguide';
const API = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';

const ruleSchema = z.object({
  TopicRulePayload: z.object({
    Actions: z.array(
      z.object({ Kinesis: z.object({ StreamName: z.string(), RoleArn: z.string() }).optional() }),
    ),
    ErrorAction: z
      .object({ S3: z.object({ BucketName: z.string(), Key: z.string(), RoleArn: z.string() }).optional() })
      .optional(),
  }),
});

const ofRule: NeedsOf = ({ logicalId, arn: source, properties }) => {
  const { Actions, ErrorAction } = ruleSchema.parse(properties).TopicRulePayload;
  const use = (roleArn: string) => ({ roleArn, service: 'iot', source });
  const errors = ErrorAction?.S3;
  return [
    ...Actions.flatMap(({ Kinesis }) =>
      Kinesis
        ? withRole(logicalId, use(Kinesis.RoleArn), [
            [
              ['kinesis:PutRecord'],
              [arnOf('kinesis', `stream/${Kinesis.StreamName}`)],
              `${IOT}/kinesis-rule-action.html`,
            ],
          ])
        : [],
    ),
    ...(errors
      ? withRole(logicalId, use(errors.RoleArn), [
          [
            ['s3:PutObject'],
            [`arn:aws:s3:::${errors.BucketName}/${keyBelow(errors.Key)}`],
            `${IOT}/s3-rule-action.html`,
          ],
        ])
      : []),
  ];
};

const ofRoleAlias: NeedsOf = ({ logicalId, arn: source, properties }) => {
  const { RoleArn: roleArn } = z.object({ RoleArn: z.string() }).parse(properties);
  return withRole(logicalId, { roleArn, service: 'credentials.iot', source }, []);
};

const methodSchema = z.object({
  RestApiId: z.string(),
  Integration: z
    .object({
      Credentials: z.string().optional(),
      Uri: z.string().optional(),
      RequestTemplates: z.unknown().optional(),
    })
    .optional(),
});

/** An integration with an AWS service calls it with the role, about the streams that its templates name. */
const ofMethod: NeedsOf = ({ logicalId, properties }, { resources }) => {
  const { RestApiId, Integration } = methodSchema.parse(properties);
  const { Credentials: roleArn, Uri = '', RequestTemplates } = Integration ?? {};
  const [, action] = /:kinesis:action\/(\w+)$/.exec(Uri) ?? [];
  if (roleArn === undefined || action === undefined) return [];
  const written = JSON.stringify(RequestTemplates ?? '');
  const streams = resources.filter(
    ({ type, ref }) => type === 'AWS::Kinesis::Stream' && written.includes(ref),
  );
  const source = arnOf('execute-api', RestApiId);
  return withRole(logicalId, { roleArn, service: 'apigateway', source }, [
    [
      [`kinesis:${action}`],
      streams.map(({ arn }) => arn),
      `${API}/integrating-api-with-aws-services-kinesis.html`,
    ],
  ]);
};

const authorizerSchema = z.object({ RestApiId: z.string(), AuthorizerUri: z.string().default('') });

const ofAuthorizer: NeedsOf = ({ logicalId, ref, properties }) => {
  const { RestApiId, AuthorizerUri } = authorizerSchema.parse(properties);
  const [, fn] = /functions\/(arn:[^/]+)\/invocations$/.exec(AuthorizerUri) ?? [];
  const caller = serviceCaller('apigateway', arnOf('execute-api', `${RestApiId}/authorizers/${ref}`));
  return needs(logicalId, caller, [
    [
      ['lambda:InvokeFunction'],
      fn === undefined ? [] : [fn],
      `${API}/configure-api-gateway-lambda-authorization.html`,
    ],
  ]);
};

const ofAccount: NeedsOf = ({ logicalId, arn: source, properties }) => {
  const { CloudWatchRoleArn: roleArn } = z
    .object({ CloudWatchRoleArn: z.string().optional() })
    .parse(properties);
  if (roleArn === undefined) return [];
  const actions = [
    'CreateLogGroup',
    'CreateLogStream',
    'DescribeLogGroups',
    'DescribeLogStreams',
    'PutLogEvents',
  ];
  return withRole(logicalId, { roleArn, service: 'apigateway', source }, [
    [actions.map((name) => `logs:${name}`), ['*'], `${API}/set-up-logging.html`],
  ]);
};

export const EDGE_NEEDS: Readonly<Record<string, NeedsOf>> = {
  'AWS::IoT::TopicRule': ofRule,
  'AWS::IoT::RoleAlias': ofRoleAlias,
  'AWS::ApiGateway::Method': ofMethod,
  'AWS::ApiGateway::Authorizer': ofAuthorizer,
  'AWS::ApiGateway::Account': ofAccount,
};
