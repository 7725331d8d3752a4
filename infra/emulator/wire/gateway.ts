/**
 * One loopback port for the AWS APIs in their own protocols and for web pages: HTTP/1.1, and HTTP/2 without TLS, which
 * the Kinesis client of SDK v3 insists on.
 */
import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer } from 'node:net';
import { type Clock, systemClock } from '../base/clock.ts';
import { own } from '../base/own.ts';
import type { Need } from './access.ts';
import { AwsError } from './aws-error.ts';
import { type AwsRequest, namedOperation, queryParams, refuseProto } from './aws-request.ts';
import { BodyPool, readBody, uncompressed } from './body.ts';
import { Connection, opensHttp2 } from './connection.ts';
import { type Call, type Protocol, protocolOf, writeError } from './error-response.ts';
import { type Listening, LOOPBACK, listenOnLoopback } from './loopback.ts';
import { whyForeign } from './origin.ts';
import { parseTarget } from './request-target.ts';
import { checkPresigned, signedService } from './signature.ts';

/** Answers one AWS request. @throws AwsError to refuse it */
export type AwsService = (request: AwsRequest, response: ServerResponse) => Promise<void>;
/** The API of a service, in the service's own protocol. */
export interface Api {
  handle: AwsService;
  /** Name of the operation, for a protocol that encodes it in method and path. */
  operationOf?(call: Pick<AwsRequest, 'method' | 'url' | 'headers'>): string | undefined;
  /** Of its XML, for refusals in the Query protocol. */
  namespace?: string;
  /** What a call needs of IAM; undefined for an operation that the service does not have. @throws AwsError */
  needs?(request: AwsRequest): readonly Need[] | undefined;
  /** What else a call counts as, such as `PartiQLInsert` for each statement of a batch. */
  partsOf?(request: AwsRequest): readonly string[];
  /** Whether the service keeps nothing of a body, not even a part, once it has answered: its memory is used again. */
  leavesBody?: true;
  /** Whether bodies may come compressed. Elsewhere the header only describes what is stored, as in S3. */
  takesGzip?: true;
  /** The service's code and status for a call that IAM denies; without it AccessDeniedException and 400. */
  denied?: readonly [code: string, status: number];
}
/** The API of a service of the emulator, which says what each call needs. */
export type ServedApi = Api & Required<Pick<Api, 'needs'>>;
/** Answers requests without an AWS signature. */
export type WebHandler = (request: IncomingMessage, response: ServerResponse) => void;
/** Sees every AWS call before its service does. */
export type Interceptor = (request: AwsRequest, response: ServerResponse, next: AwsService) => Promise<void>;

export interface Gateway extends Listening {
  endpoint: string;
}

export interface GatewayOptions {
  /** 0 for any free port. */
  port: number;
  /** By the name with which callers sign. More may be added while the port is open. */
  services: Record<string, Api>;
  web: WebHandler;
  intercept?: Interceptor;
  /** For connections and presigned URLs. Real time outside of tests, because sockets know no other. */
  clock?: Clock;
}

type Answering = GatewayOptions & { clock: Clock; pool: BodyPool };

/** @throws Error with code `EADDRINUSE` when the port is in use */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { clock = systemClock } = options;
  const answering: Answering = { ...options, clock, pool: new BodyPool() };
  /** By the socket, or by the HTTP/2 session on it. */
  const connections = new WeakMap<object, Connection>();
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    // Without a listener, a client that disconnects would end the process.
    request.on('error', () => {});
    response.on('error', () => {});
    void answer(answering, request, response);
  };
  const http1 = createHttpServer((request, response) => {
    connections.get(request.socket)?.serve(response, () => request.complete);
    onRequest(request, response);
  });
  const http2 = createHttp2Server((request, response) => {
    const { session, endAfterHeaders } = request.stream;
    const answered = response as unknown as ServerResponse;
    // For Node, even a request without a body is complete only after it was read.
    if (session) connections.get(session)?.serve(answered, () => endAfterHeaders || request.complete);
    onRequest(request as unknown as IncomingMessage, answered);
  });
  http2.on('sessionError', () => {});

  const server = createServer((socket) => {
    socket.on('error', () => {});
    const connection = new Connection(socket, clock);
    connections.set(socket, connection);
    opensHttp2(socket, (isHttp2) => {
      if (isHttp2) http2.once('session', (session) => connections.set(session, connection));
      (isHttp2 ? http2 : http1).emit('connection', socket);
    });
  });
  const listening = await listenOnLoopback(server, options.port);
  return { ...listening, endpoint: `http://${LOOPBACK}:${listening.port}` };
}

async function answer(
  options: Answering,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'POST', url = '/', headers } = incoming;
  const { query } = parseTarget(url);
  const service = signedService(headers, query);
  const call = { service: service ?? '', method, url, headers };
  const api = own(options.services, call.service);
  try {
    if (service === undefined) return options.web(incoming, response);
    response.setHeader(service === 's3' ? 'x-amz-request-id' : 'x-amzn-requestid', randomUUID());
    // No signature is checked here, so a web page could make one up.
    const foreign = whyForeign(headers);
    if (foreign) throw new AwsError('AccessDeniedException', foreign, 403);
    checkPresigned(headers, query, options.clock.now());
    const body = await readBody(incoming, options.pool);
    await route(options, call, api, api?.takesGzip ? uncompressed(body, headers) : body, response);
    if (api?.leavesBody) options.pool.giveBack(body);
  } catch (error) {
    answerError(call, response, error, api);
  }
}

/** Whose bodies are JSON; others may contain some as data. */
const JSON_PROTOCOLS: ReadonlySet<Protocol> = new Set(['json', 'rest-json']);

async function route(
  { services, intercept }: GatewayOptions,
  call: Call,
  api: Api | undefined,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const operation = api?.operationOf
    ? (api.operationOf(call) ?? '')
    : namedOperation(call) || queryParams({ ...call, body }).get('Action') || '';
  if (JSON_PROTOCOLS.has(protocolOf(call))) refuseProto(body);
  const request: AwsRequest = { ...call, operation, body };
  const handle = api?.handle ?? unknownService(Object.keys(services));
  await (intercept ? intercept(request, response, handle) : handle(request, response));
}

const unknownService =
  (known: string[]): AwsService =>
  async ({ service }) => {
    const list = known.sort().join(', ');
    throw new AwsError('NotImplemented', `The emulator answers ${list}; "${service}" is not emulated`, 501);
  };

function answerError(call: Call, response: ServerResponse, error: unknown, api: Api | undefined): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof AwsError ? error : new AwsError('InternalFailure', message, 500);
  writeError(call, response, known, api?.namespace);
}
