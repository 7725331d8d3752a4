/**
 * The way to the stream for a site that can run no program: `POST /readings` with a token. API Gateway calls Kinesis
 * itself: no function is on the way of a reading, only one that is asked, every few minutes, whose token it is.
 */
import {
  AccessLogField,
  AccessLogFormat,
  ApiKeySourceType,
  AuthorizationType,
  AwsIntegration,
  type CfnRestApi,
  EndpointAccessMode,
  EndpointType,
  type IntegrationOptions,
  LogGroupLogDestination,
  type Method,
  MethodLoggingLevel,
  type Model,
  PassthroughBehavior,
  RequestValidator,
  RestApi,
  SecurityPolicy,
  TokenAuthorizer,
} from 'aws-cdk-lib/aws-apigateway';
import { AttributeType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import { Policy, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Stream } from 'aws-cdk-lib/aws-kinesis';
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { BEARER_PATTERN, SITE_RATE, TOKEN_COLUMNS } from '../../../services/contract/site-token.ts';
import { acknowledge } from '../parts/acknowledge.ts';
import { allow } from '../parts/allow.ts';
import { expiringLogGroup } from '../parts/log-group.ts';
import { onDemandTable } from '../parts/on-demand-table.ts';
import type { Config } from '../settings/config.ts';
import { createAuthorizerFunction } from './authorizer-function.ts';
import {
  CLIENT_ERROR_TEMPLATE,
  MEDIA,
  READING_MODEL,
  requestTemplates,
  SERVER_ERROR_TEMPLATE,
} from './mapping.ts';

/** How long a verdict about a token is remembered; so long a token may still work after it was revoked. */
const REMEMBERED = Duration.minutes(5);
/** Of all sites together; a shard takes 1,000 records a second. */
const ALL_SITES_RATE = { perSecond: 500, burst: 1000 };
const STAGE = 'v1';

interface EdgeHttpProps {
  config: Config;
  stream: Stream;
}

export class EdgeHttp extends Construct {
  /** What devices and the command for sites need to know. */
  readonly outputs: Record<'EdgeHttpUrl' | 'EdgeTokensTableName' | 'EdgeUsagePlanId', string>;
  /** A dimension of its metrics: two stacks stay apart. */
  readonly apiName = `${Stack.of(this).stackName}-readings`;

  constructor(scope: Construct, id: string, { config, stream }: EdgeHttpProps) {
    super(scope, id);
    // Without the API, its tokens are worth nothing.
    const tokens = onDemandTable(this, 'Tokens', {
      partitionKey: { name: TOKEN_COLUMNS.hash, type: AttributeType.STRING },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    });
    const api = this.createApi(config);
    const readings = api.root.addResource('readings').addMethod('POST', this.putRecord(stream), {
      authorizer: this.createAuthorizer(config, tokens),
      authorizationType: AuthorizationType.CUSTOM,
      // The key comes from the authorizer. It is not what lets a sender in: it is what the usage plan counts by.
      apiKeyRequired: true,
      requestValidator: new RequestValidator(this, 'Validator', {
        ...{ restApi: api, validateRequestBody: true, validateRequestParameters: true },
      }),
      requestModels: { [MEDIA.reading]: this.readingModel(api) },
      methodResponses: ['204', '400', '503'].map((statusCode) => ({ statusCode })),
    });
    const plan = api.addUsagePlan('Sites', {
      description: 'Streamwatch: how fast one site may send',
      throttle: { rateLimit: SITE_RATE.perSecond, burstLimit: SITE_RATE.burst },
    });
    plan.addApiStage({ api, stage: api.deploymentStage });
    this.acknowledgeFindings(api, readings);
    this.outputs = {
      EdgeHttpUrl: api.urlForPath('/readings'),
      EdgeTokensTableName: tokens.tableName,
      EdgeUsagePlanId: plan.usagePlanId,
    };
  }

  private createApi(config: Config): RestApi {
    const logs = expiringLogGroup(this, 'AccessLogs', config);
    const api = new RestApi(this, 'Api', {
      restApiName: this.apiName,
      description: 'Streamwatch: readings of sites without a gateway',
      endpointConfiguration: { types: [EndpointType.REGIONAL] },
      apiKeySourceType: ApiKeySourceType.AUTHORIZER,
      // API Gateway writes no log without a role that the whole account shares.
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: ALL_SITES_RATE.perSecond,
        throttlingBurstLimit: ALL_SITES_RATE.burst,
        loggingLevel: MethodLoggingLevel.ERROR,
        // It would write what devices send into the log.
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(logs),
        accessLogFormat: accessLogFormat(),
      },
    });
    // CDK adds an output of its own; ours names the whole address.
    api.node.tryRemoveChild('Endpoint');
    refuseOldTls(api);
    keepErrorLogFor(config, api);
    return api;
  }

  private createAuthorizer(config: Config, tokens: Table): TokenAuthorizer {
    return new TokenAuthorizer(this, 'TokenAuthorizer', {
      handler: createAuthorizerFunction(this, config, tokens),
      validationRegex: BEARER_PATTERN,
      resultsCacheTtl: REMEMBERED,
    });
  }

  private putRecord(stream: Stream): AwsIntegration {
    const role = new Role(this, 'SenderRole', {
      assumedBy: new ServicePrincipal('apigateway.amazonaws.com'),
      description: 'Streamwatch: puts what sites send into the stream',
    });
    new Policy(this, 'SenderPermissions', {
      roles: [role],
      statements: [allow('SendForSite', ['kinesis:PutRecord'], stream.streamArn)],
    });
    const answer = (statusCode: string, template: string, selectionPattern?: string) => ({
      ...{ statusCode, selectionPattern, responseTemplates: { 'application/json': template } },
    });
    const options: IntegrationOptions = {
      credentialsRole: role,
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestParameters: { 'integration.request.header.Content-Type': "'application/x-amz-json-1.1'" },
      requestTemplates: requestTemplates(stream.streamName),
      integrationResponses: [
        answer('204', ''),
        answer('400', CLIENT_ERROR_TEMPLATE, '4\\d\\d'),
        answer('503', SERVER_ERROR_TEMPLATE, '5\\d\\d'),
      ],
    };
    return new AwsIntegration({ service: 'kinesis', action: 'PutRecord', options });
  }

  private readingModel(api: RestApi): Model {
    return api.addModel('Reading', { contentType: MEDIA.reading, schema: READING_MODEL });
  }

  /** Findings of cdk-nag that are intended. */
  private acknowledgeFindings(api: RestApi, method: Method): void {
    const { deploymentStage: stage } = api;
    acknowledge(
      api.node.findChild('CloudWatchRole'),
      'API Gateway takes no role for its logs that allows less than this one of AWS',
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    );
    const firewall = 'A firewall costs more than the API; a request without a known token goes no further';
    acknowledge(stage, firewall, 'AwsSolutions-APIG3');
    const hops = 'Two hops, whose times are in the access log and the metrics';
    acknowledge(stage, hops, 'Serverless-APIGWXrayEnabled');
    const people = 'Cognito is for people; sites have tokens, and an authorizer of their own';
    acknowledge(method, people, 'AwsSolutions-COG4');
  }
}

/** Without it, API Gateway takes TLS 1.0. CDK has no property for it. */
function refuseOldTls(api: RestApi): void {
  const properties = api.node.defaultChild as CfnRestApi;
  properties.securityPolicy = SecurityPolicy.TLS13_1_2_PQ_2025_09;
  properties.endpointAccessMode = EndpointAccessMode.STRICT;
}

/** API Gateway makes this group itself where there is none, never lets it expire, and leaves it behind. */
function keepErrorLogFor(config: Config, api: RestApi): void {
  const logGroupName = `API-Gateway-Execution-Logs_${api.restApiId}/${STAGE}`;
  api.deploymentStage.node.addDependency(expiringLogGroup(api, 'ErrorLogs', config, logGroupName));
}

/** One line of JSON a request, with nothing of what was sent, and nothing of the token. */
const accessLogFormat = (): AccessLogFormat =>
  AccessLogFormat.custom(
    JSON.stringify({
      requestId: AccessLogField.contextRequestId(),
      time: AccessLogField.contextRequestTime(),
      ip: AccessLogField.contextIdentitySourceIp(),
      site: AccessLogField.contextAuthorizer('site'),
      method: AccessLogField.contextHttpMethod(),
      path: AccessLogField.contextResourcePath(),
      status: AccessLogField.contextStatus(),
      error: AccessLogField.contextErrorResponseType(),
      bytes: AccessLogField.contextResponseLength(),
      latencyMs: AccessLogField.contextResponseLatency(),
    }),
  );
