/** The properties of an API's resources that are obeyed here. */
import { z } from 'zod';

const templates = z.record(z.string(), z.string()).default({});
const number = z.coerce.number();

export const apiProperties = z.object({
  ApiKeySourceType: z.enum(['HEADER', 'AUTHORIZER']).default('HEADER'),
  Name: z.string().optional(),
});
export const resourceProperties = z.object({
  RestApiId: z.string(),
  ParentId: z.string(),
  PathPart: z.string(),
});
const integrationProperties = z.object({
  Type: z.string(),
  Uri: z.string().default(''),
  Credentials: z.string().default(''),
  PassthroughBehavior: z.enum(['NEVER', 'WHEN_NO_TEMPLATES', 'WHEN_NO_MATCH']).default('WHEN_NO_MATCH'),
  RequestParameters: z.record(z.string(), z.string()).default({}),
  RequestTemplates: templates,
  IntegrationResponses: z
    .array(
      z.object({
        StatusCode: z.coerce.number(),
        SelectionPattern: z.string().optional(),
        ResponseTemplates: templates,
      }),
    )
    .default([]),
});
export const methodProperties = z.object({
  RestApiId: z.string(),
  ResourceId: z.string(),
  HttpMethod: z.string(),
  ApiKeyRequired: z.boolean().default(false),
  AuthorizationType: z.string().default('NONE'),
  AuthorizerId: z.string().optional(),
  RequestValidatorId: z.string().optional(),
  RequestModels: z.record(z.string(), z.string()).default({}),
  Integration: integrationProperties.optional(),
});
export const authorizerProperties = z.object({
  RestApiId: z.string(),
  Type: z.string(),
  AuthorizerUri: z.string().default(''),
  AuthorizerResultTtlInSeconds: number.default(300),
  IdentitySource: z.string().default('method.request.header.Authorization'),
  IdentityValidationExpression: z.string().optional(),
});
export const validatorProperties = z.object({ ValidateRequestBody: z.boolean().default(false) });
export const modelProperties = z.object({ RestApiId: z.string(), Schema: z.record(z.string(), z.unknown()) });
const rate = z.object({ RateLimit: number.optional(), BurstLimit: number.optional() });
export const stageProperties = z.object({
  RestApiId: z.string(),
  StageName: z.string(),
  MethodSettings: z
    .array(
      z.object({
        HttpMethod: z.string(),
        ResourcePath: z.string(),
        ThrottlingRateLimit: number.optional(),
        ThrottlingBurstLimit: number.optional(),
      }),
    )
    .default([]),
  AccessLogSetting: z.object({ Format: z.string() }).optional(),
});
export const planProperties = z.object({
  ApiStages: z.array(z.object({ ApiId: z.string(), Stage: z.string() })).default([]),
  Throttle: rate.default({}),
});

export type Integration = z.infer<typeof integrationProperties>;
