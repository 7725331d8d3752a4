/** REST APIs of API Gateway: each at a port of its own, as each has a host name of its own on AWS. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { z } from 'zod';
import { startOnFreePort } from '../base/free-port.ts';
import { measureOf } from '../base/measure.ts';
import { iam } from '../iam/service.ts';
import { createPutRecord, type PutRecord } from '../kinesis/put-record.ts';
import type { LambdaFunction } from '../lambda/function.ts';
import { openLogFile } from '../lambda/log-file.ts';
import { lambda } from '../lambda/service.ts';
import { arnOf, byName, type Identity, type Subject } from '../stack/identities.ts';
import { pathsOf } from '../stack/obeyed.ts';
import type { ResourceType, Service, ServiceContext } from '../stack/service.ts';
import type { Listening } from '../wire/loopback.ts';
import { Authorizer } from './authorizer.ts';
import {
  type ApiConfiguration,
  type AuthorizerConfiguration,
  isEmulated,
  readApis,
} from './configuration.ts';
import { createKeysApi, Keys } from './keys.ts';
import {
  apiProperties,
  authorizerProperties,
  methodProperties,
  modelProperties,
  planProperties,
  resourceProperties,
  stageProperties,
  validatorProperties,
} from './properties.ts';
import { startApi } from './server.ts';

export interface ApiGateway {
  /** Addresses of the APIs, such as `http://127.0.0.1:4568`, by their ids. */
  endpoints: ReadonlyMap<string, string>;
}

/** Ids as AWS makes them: ten letters and digits. */
const idOf = ({ stackName, logicalId }: Subject): string =>
  createHash('sha256').update(`${stackName}/${logicalId}`).digest('hex').slice(0, 10);

const type = (
  schema: z.ZodType,
  identity: (subject: Subject) => Identity = (subject) => ({ ref: idOf(subject), attributes: {} }),
): ResourceType => ({ identity, obeys: pathsOf(schema) });

export const apigateway: Service<ApiGateway> = {
  name: 'apigateway',
  types: {
    'AWS::ApiGateway::RestApi': type(apiProperties, (subject) => ({
      ...{ ref: idOf(subject), attributes: { RootResourceId: `${idOf(subject)}-root` } },
    })),
    'AWS::ApiGateway::Resource': type(resourceProperties),
    'AWS::ApiGateway::Method': { ...type(methodProperties), runs: isEmulated },
    'AWS::ApiGateway::Authorizer': type(authorizerProperties, (subject) => ({
      ...{ ref: idOf(subject), attributes: { AuthorizerId: idOf(subject) } },
    })),
    'AWS::ApiGateway::RequestValidator': type(validatorProperties),
    'AWS::ApiGateway::Model': type(modelProperties, byName('Name')),
    'AWS::ApiGateway::Stage': type(stageProperties, byName('StageName')),
    'AWS::ApiGateway::UsagePlan': type(planProperties, (subject) => ({
      ...{ ref: idOf(subject), attributes: { Id: idOf(subject) } },
    })),
  },
  refusals: {
    throttle: ['TooManyRequestsException', 429, 'Too Many Requests'],
    unavailable: ['ServiceUnavailableException', 503, 'The service is temporarily unavailable.'],
    'internal-error': ['InternalFailure', 500, 'An unexpected error has occurred.'],
  },
  async open(context) {
    const { resources, stateDir, endpoint, serve, onClose } = context;
    if (resources('AWS::ApiGateway::RestApi').length === 0) return { endpoints: new Map() };
    const plans = resources('AWS::ApiGateway::UsagePlan').map(({ ref }) => ref);
    const keys = new Keys(stateDir, new Set(plans));
    serve(createKeysApi(keys));
    const endpoints = new Map<string, string>();
    for (const [i, api] of readApis(resources).entries()) {
      // After that of AWS IoT's credentials provider.
      const running = await startOnFreePort(
        Number(new URL(endpoint).port) + 2 + i,
        openApi(api, keys, context),
      );
      onClose(() => running.close());
      endpoints.set(api.id, `http://127.0.0.1:${running.port}`);
    }
    return { endpoints };
  },
};

/** The function of an authorizer, which API Gateway may invoke if the function permits it. */
function invokedFor(
  { id }: ApiConfiguration,
  authorizer: AuthorizerConfiguration,
  of: ServiceContext['of'],
): Pick<LambdaFunction, 'invoke'> {
  const fn = of(lambda).use(authorizer.functionArn);
  const actor = of(iam).asService('apigateway', arnOf('execute-api', `${id}/authorizers/${authorizer.id}`));
  return {
    async invoke(payload) {
      actor.check({ action: 'lambda:InvokeFunction', resource: fn.arn });
      return fn.invoke(payload);
    },
  };
}

type Start = (port: number) => Promise<Listening>;

function openApi(api: ApiConfiguration, keys: Keys, context: ServiceContext): Start {
  const { stateDir, endpoint, clock, bus, of, onClose } = context;
  const authorizers = new Map(
    [...api.methods.values()].flatMap(({ authorizer }) =>
      authorizer
        ? [[authorizer.id, new Authorizer(authorizer, invokedFor(api, authorizer, of), clock)] as const]
        : [],
    ),
  );
  const log = openLogFile(join(stateDir, 'logs', `${api.id}.log`), undefined, bus.warn);
  onClose(() => log.flush());
  const { asRole } = of(iam);
  const source = arnOf('execute-api', api.id);
  const putRecord = createPutRecord(endpoint);
  const put: PutRecord = (body, roleArn, contentType) =>
    putRecord(body, asRole({ roleArn, service: 'apigateway', source }).accessKey, contentType);
  const measure = measureOf(bus, 'AWS/ApiGateway', { ApiName: api.name });
  return (port) => startApi({ api, keys, put, authorizers, clock, measure, log: log.line }, port);
}
