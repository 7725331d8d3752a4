/** One API at a port of its own: every request goes through the steps of API Gateway, in its order. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { Measure } from '../base/measure.ts';
import type { KinesisAnswer, PutRecord } from '../kinesis/put-record.ts';
import { arnOf } from '../stack/identities.ts';
import { type Listening, listenOnLoopback } from '../wire/loopback.ts';
import { parseTarget } from '../wire/request-target.ts';
import type { Authorizer, Caller } from './authorizer.ts';
import type { ApiConfiguration, MethodConfiguration } from './configuration.ts';
import { GatewayResponse } from './gateway-response.ts';
import { callKinesis } from './integration.ts';
import type { Keys } from './keys.ts';
import { Throttle } from './throttle.ts';

/** "Payload size" in the quotas of REST APIs. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const DEFAULT_TYPE = 'application/json';

export interface ApiParts {
  api: ApiConfiguration;
  keys: Keys;
  put: PutRecord;
  /** By the id of the authorizer. */
  authorizers: ReadonlyMap<string, Authorizer>;
  clock: Pick<Clock, 'now' | 'elapsed'>;
  log(line: string): void;
  measure: Measure;
}

/** Values of `$context` for one request. */
interface Context {
  requestId: string;
  requestTime: string;
  httpMethod: string;
  resourcePath: string;
  identity: { sourceIp: string };
  authorizer?: Record<string, string>;
  error?: { responseType: string };
  status?: string;
  responseLength?: string;
  responseLatency?: string;
}

export async function startApi(parts: ApiParts, port: number): Promise<Listening> {
  const handle = createHandler(parts);
  const server = createServer(async (request, response) => {
    const context: Context = {
      ...{ requestId: randomUUID(), requestTime: new Date(parts.clock.now()).toISOString() },
      ...{ httpMethod: request.method ?? '', resourcePath: parseTarget(request.url ?? '').path },
      identity: { sourceIp: request.socket.remoteAddress ?? '' },
    };
    const startedMs = parts.clock.elapsed();
    const { status, body } = await handle(request, context);
    // The sender hung up before its end: nobody is answered, and nothing went wrong here.
    if (!request.complete && response.destroyed) return;
    // What was not read of a request would be taken for the next one.
    if (!request.complete) response.setHeader('connection', 'close');
    response.writeHead(status, { 'content-type': DEFAULT_TYPE, 'x-amzn-requestid': context.requestId });
    response.end(body);
    if (!request.complete) request.resume();
    const { measure } = parts;
    measure('Count', 1);
    measure('4XXError', status >= 400 && status < 500 ? 1 : 0);
    measure('5XXError', status >= 500 ? 1 : 0);
    measure('Latency', parts.clock.elapsed() - startedMs, 'Milliseconds');
    context.status = String(status);
    context.responseLength = String(Buffer.byteLength(body));
    context.responseLatency = String(Math.round(parts.clock.elapsed() - startedMs));
    if (parts.api.accessLogFormat !== undefined) parts.log(logLine(parts.api.accessLogFormat, context));
  });
  return listenOnLoopback(server, port);
}

function createHandler({ api, keys, put, authorizers, clock }: ApiParts) {
  const ofAll = new Throttle(api.rate, clock);
  const ofPlans = new Map([...api.plans].map(([id, rate]) => [id, new Throttle(rate, clock)]));

  async function answer(request: IncomingMessage, context: Context): Promise<KinesisAnswer> {
    const { path } = parseTarget(request.url ?? '');
    const prefix = `/${api.stage}`;
    const found = path.startsWith(`${prefix}/`)
      ? api.methods.get(`${request.method} ${path.slice(prefix.length)}`)
      : undefined;
    if (!found) throw new GatewayResponse('MISSING_AUTHENTICATION_TOKEN');
    const caller = await admit(request, found, path.slice(prefix.length));
    if (caller) context.authorizer = caller.context;
    if (found.apiKeyRequired) count(keyOf(request, caller));
    if (!ofAll.take('')) throw new GatewayResponse('THROTTLED');
    const body = await readBody(request);
    const type = (request.headers['content-type'] ?? DEFAULT_TYPE).split(';')[0]?.trim().toLowerCase() ?? '';
    validate(found.models, type, body);
    return send(found, type, body, context);
  }

  async function admit(
    { method, headers }: IncomingMessage,
    { authorizer }: MethodConfiguration,
    path: string,
  ): Promise<Caller | undefined> {
    if (!authorizer) return undefined;
    const token = headers[authorizer.header];
    const methodArn = arnOf('execute-api', `${api.id}/${api.stage}/${method}${path}`);
    return authorizers.get(authorizer.id)?.admit(Array.isArray(token) ? token[0] : token, methodArn);
  }

  const keyOf = ({ headers }: IncomingMessage, caller: Caller | undefined) =>
    api.keySource === 'AUTHORIZER' ? caller?.usageKey : String(headers['x-api-key'] ?? '');

  /** Of the usage plan that the key is in. */
  function count(key: string | undefined): void {
    const plan = (key === undefined ? undefined : keys.plansOf(key))?.find((id) => api.plans.has(id));
    if (key === undefined || plan === undefined) throw new GatewayResponse('INVALID_API_KEY');
    if (!ofPlans.get(plan)?.take(key)) throw new GatewayResponse('THROTTLED');
  }

  async function send(
    method: MethodConfiguration,
    type: string,
    body: string,
    context: Context,
  ): Promise<KinesisAnswer> {
    const { integration, requestTemplates } = method;
    const template = requestTemplates.get(type);
    const passes =
      integration.PassthroughBehavior === 'WHEN_NO_MATCH' ||
      (integration.PassthroughBehavior === 'WHEN_NO_TEMPLATES' && requestTemplates.size === 0);
    if (!template && !passes) throw new GatewayResponse('UNSUPPORTED_MEDIA_TYPE');
    const text = template ? template({ body, context: { ...context } }).text : body;
    return callKinesis(put, method, text);
  }

  return async (request: IncomingMessage, context: Context): Promise<KinesisAnswer> => {
    try {
      return await answer(request, context);
    } catch (error) {
      const response =
        error instanceof GatewayResponse ? error : new GatewayResponse('API_CONFIGURATION_ERROR');
      context.error = { responseType: response.type };
      return response;
    }
  };
}

/** As API Gateway does, only where the method has a model for the media type. */
function validate(models: MethodConfiguration['models'], type: string, body: string): void {
  const model = models.get(type) ?? models.get('$default');
  if (!model) return;
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new GatewayResponse('BAD_REQUEST_BODY');
  }
  if (!model.safeParse(value).success) throw new GatewayResponse('BAD_REQUEST_BODY');
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new GatewayResponse('REQUEST_TOO_LARGE');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** `$context.a.b` is replaced by its value, and by `-` where it has none. */
function logLine(format: string, context: Context): string {
  return format.replaceAll(/\$context\.([\w.]*\w)/g, (_, path: string) => {
    const value = path
      .split('.')
      .reduce<unknown>(
        (at, key) =>
          typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined,
        context,
      );
    return typeof value === 'string' ? value : '-';
  });
}
