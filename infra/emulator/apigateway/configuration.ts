/** The template's APIs, put together from their resources. */
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { compileTemplate, type MappingTemplate } from './mapping-template.ts';
import {
  apiProperties,
  authorizerProperties,
  type Integration,
  methodProperties,
  modelProperties,
  planProperties,
  resourceProperties,
  stageProperties,
  validatorProperties,
} from './properties.ts';
import type { Rate } from './throttle.ts';

export interface AuthorizerConfiguration {
  id: string;
  functionArn: string;
  ttlMs: number;
  /** Name of the header, in lower case. */
  header: string;
  /** The whole token must match it. */
  pattern: RegExp | undefined;
}

export interface MethodConfiguration {
  authorizer: AuthorizerConfiguration | undefined;
  apiKeyRequired: boolean;
  /** Schemas of bodies, by media type. */
  models: ReadonlyMap<string, z.ZodType>;
  integration: Integration;
  requestTemplates: ReadonlyMap<string, MappingTemplate>;
  responses: readonly ResponseConfiguration[];
}

export interface ResponseConfiguration {
  status: number;
  /** Of the backend's statuses that lead to it; undefined for the default. */
  pattern: RegExp | undefined;
  template: MappingTemplate | undefined;
}

export interface ApiConfiguration {
  id: string;
  name: string;
  keySource: 'HEADER' | 'AUTHORIZER';
  stage: string;
  rate: Rate;
  accessLogFormat: string | undefined;
  /** By method and path, such as `POST /readings`. */
  methods: ReadonlyMap<string, MethodConfiguration>;
  /** Usage plans of the stage, and how fast each lets a key send. */
  plans: ReadonlyMap<string, Rate>;
}

type ResourcesOf = (type: string) => StackResource[];

const PREFIX = 'AWS::ApiGateway::';
const KINESIS_PUT = ':kinesis:action/PutRecord';

/** Is it a method that can be called here? */
export const isEmulated = ({ properties }: StackResource): boolean => {
  const { AuthorizationType = 'NONE', Integration = {} } = properties as {
    AuthorizationType?: string;
    Integration?: Partial<Record<'Type' | 'Uri', unknown>>;
  };
  const calls = Integration.Type === 'AWS' && String(Integration.Uri).endsWith(KINESIS_PUT);
  return calls && ['NONE', 'CUSTOM'].includes(AuthorizationType);
};

export function readApis(resources: ResourcesOf): ApiConfiguration[] {
  const parsed = <T>(type: string, schema: z.ZodType<T>) =>
    resources(`${PREFIX}${type}`).map(({ ref, properties }) => ({ ref, ...schema.parse(properties) }));
  const stages = parsed('Stage', stageProperties);
  const plans = parsed('UsagePlan', planProperties);
  return parsed('RestApi', apiProperties).flatMap(({ ref: id, Name: name = id, ApiKeySourceType }) =>
    stages
      .filter(({ RestApiId }) => RestApiId === id)
      .map(({ StageName: stage, MethodSettings, AccessLogSetting }) => {
        const all = MethodSettings.find(
          ({ HttpMethod, ResourcePath }) => `${HttpMethod}${ResourcePath}` === '*/*',
        );
        return {
          ...{ id, name, keySource: ApiKeySourceType, stage, accessLogFormat: AccessLogSetting?.Format },
          rate: { perSecond: all?.ThrottlingRateLimit, burst: all?.ThrottlingBurstLimit },
          methods: methodsOf(id, resources),
          plans: new Map(
            plans
              .filter(({ ApiStages }) =>
                ApiStages.some(({ ApiId, Stage }) => ApiId === id && Stage === stage),
              )
              .map(({ ref, Throttle }) => [
                ref,
                { perSecond: Throttle.RateLimit, burst: Throttle.BurstLimit },
              ]),
          ),
        };
      }),
  );
}

function methodsOf(apiId: string, resources: ResourcesOf): Map<string, MethodConfiguration> {
  const paths = new Map(
    resources(`${PREFIX}Resource`).map(({ ref, properties }) => [ref, resourceProperties.parse(properties)]),
  );
  const pathOf = (id: string): string => {
    const found = paths.get(id);
    return found ? `${pathOf(found.ParentId)}/${found.PathPart}` : '';
  };
  return new Map(
    resources(`${PREFIX}Method`)
      .filter((resource) => resource.properties.RestApiId === apiId && isEmulated(resource))
      .map((resource) => {
        const { HttpMethod, ResourceId } = methodProperties.parse(resource.properties);
        return [`${HttpMethod} ${pathOf(ResourceId) || '/'}`, methodOf(resource, resources)];
      }),
  );
}

function methodOf({ logicalId, properties }: StackResource, resources: ResourcesOf): MethodConfiguration {
  const method = methodProperties.parse(properties);
  const { Integration: integration } = method;
  if (!integration) throw new SetupError(`${logicalId} has no integration. This cannot run here.`);
  const { RequestTemplates, IntegrationResponses, RequestParameters } = integration;
  for (const [name, value] of Object.entries(RequestParameters)) {
    if (/^integration\.request\.header\.[\w-]+$/.test(name) && /^'[^']*'$/.test(value)) continue;
    throw new SetupError(`${logicalId}: the mapping of ${name} is not known here. This cannot run here.`);
  }
  const where = (what: string) => `${logicalId}, ${what}`;
  return {
    authorizer: method.AuthorizerId === undefined ? undefined : authorizerOf(method.AuthorizerId, resources),
    apiKeyRequired: method.ApiKeyRequired,
    models: modelsOf(method, resources),
    integration,
    requestTemplates: new Map(
      Object.entries(RequestTemplates).map(([type, source]) => [
        type,
        compileTemplate(source, where(`request template of ${type}`)),
      ]),
    ),
    responses: IntegrationResponses.map(({ StatusCode, SelectionPattern, ResponseTemplates }) => {
      const [source] = Object.values(ResponseTemplates);
      return {
        status: StatusCode,
        pattern: SelectionPattern ? new RegExp(`^(?:${SelectionPattern})$`) : undefined,
        template:
          source === undefined
            ? undefined
            : compileTemplate(source, where(`response template of ${StatusCode}`)),
      };
    }),
  };
}

function authorizerOf(id: string, resources: ResourcesOf): AuthorizerConfiguration {
  const resource = resources(`${PREFIX}Authorizer`).find(({ ref }) => ref === id);
  const { Type, AuthorizerUri, IdentitySource, ...rest } = authorizerProperties.parse(resource?.properties);
  const [, header] = /^method\.request\.header\.([\w-]+)$/.exec(IdentitySource) ?? [];
  if (Type !== 'TOKEN' || header === undefined) {
    throw new SetupError(
      `${resource?.logicalId}: Expected an authorizer of the type TOKEN. This cannot run here.`,
    );
  }
  const { IdentityValidationExpression: expression } = rest;
  return {
    ...{ id, header: header.toLowerCase(), ttlMs: rest.AuthorizerResultTtlInSeconds * 1000 },
    functionArn: /functions\/(arn:[^/]+)\/invocations$/.exec(AuthorizerUri)?.[1] ?? '',
    pattern: expression === undefined ? undefined : new RegExp(`^(?:${expression})$`),
  };
}

function modelsOf(
  { RequestValidatorId, RequestModels }: z.infer<typeof methodProperties>,
  resources: ResourcesOf,
): Map<string, z.ZodType> {
  const validator = resources(`${PREFIX}RequestValidator`).find(({ ref }) => ref === RequestValidatorId);
  if (!validatorProperties.parse(validator?.properties ?? {}).ValidateRequestBody) return new Map();
  return new Map(
    Object.entries(RequestModels).map(([type, name]) => {
      const model = resources(`${PREFIX}Model`).find(({ ref }) => ref === name);
      const { Schema } = modelProperties.parse(model?.properties);
      return [type, z.fromJSONSchema(Schema as Parameters<typeof z.fromJSONSchema>[0])];
    }),
  );
}
