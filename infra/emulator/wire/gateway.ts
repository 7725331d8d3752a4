/**
 * One loopback port for everything: the AWS APIs in their own protocols (HTTP/1.1 and HTTP/2 without TLS, because the
 * Kinesis client of SDK v3 insists on HTTP/2) and the console for browsers.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { AwsError } from './aws-error.ts';
import { type AwsRequest, describeRequest, readBody } from './aws-request.ts';
import { whyForeign } from './origin.ts';

/** Loopback only, always: the local runtime checks no signature. */
const LOOPBACK = '127.0.0.1';

/** Answers one AWS request. Errors that AWS would give are thrown as {@link AwsError}. */
export type AwsService = (request: AwsRequest, response: ServerResponse) => Promise<void>;
/** The API of a service, in the service's own protocol. */
export interface Api {
  handle: AwsService;
  /** Name of the operation that a call means, where the protocol says it by method and path. */
  operationOf?(call: Pick<AwsRequest, 'method' | 'url' | 'headers'>): string | undefined;
  /** Writes a refusal; JSON where it is left out. */
  writeError?(response: ServerResponse, error: AwsError): void;
}
/** Answers what carries no AWS signature. */
export type WebHandler = (request: IncomingMessage, response: ServerResponse) => void;
/** Sees every AWS call before its service does; used to count them, and to break them on purpose. */
export type Interceptor = (request: AwsRequest, response: ServerResponse, next: AwsService) => Promise<void>;

export interface Gateway {
  /** The port that was really bound. */
  port: number;
  endpoint: string;
  close(): Promise<void>;
}

export interface GatewayOptions {
  /** 0 for any free port. */
  port: number;
  /** By the name with which callers sign. More may be added while the port is open. */
  services: Record<string, Api>;
  web: WebHandler;
  intercept?: Interceptor;
}

/**
 * Opens the port.
 * @throws Error with code `EADDRINUSE` when somebody else has it
 */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    // A client that goes away is its own business; without a listener the error would end the process.
    request.on('error', () => {});
    response.on('error', () => {});
    void answer(options, request, response);
  };
  const http1 = createHttpServer(onRequest);
  const http2 = createHttp2Server((request, response) =>
    onRequest(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  http2.on('sessionError', () => {});

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    // The first bytes tell the protocol: an HTTP/2 client opens with the preface `PRI * HTTP/2.0`. They are put back
    // without ever letting the socket flow, because an HTTP/2 session takes over the handle beneath the stream.
    socket.once('readable', () => {
      const first: Buffer | null = socket.read();
      if (!first) return;
      socket.unshift(first);
      (first.subarray(0, 3).toString('latin1') === 'PRI' ? http2 : http1).emit('connection', socket);
    });
  });
  await listen(server, options.port);
  const { port } = server.address() as { port: number };
  return {
    port,
    endpoint: `http://${LOOPBACK}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: LOOPBACK, port }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function answer(
  options: GatewayOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let api: Api | undefined;
  try {
    const signed = describeRequest(incoming.headers);
    if (!signed) return options.web(incoming, response);
    const { services } = options;
    api = Object.hasOwn(services, signed.service) ? services[signed.service] : undefined;
    await route(options, { ...signed, api }, incoming, response);
  } catch (error) {
    answerError(response, error, api);
  }
}

async function route(
  { services, intercept }: GatewayOptions,
  { service, operation, api }: { service: string; operation: string; api: Api | undefined },
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // No signature is checked here, so a web page that made one up would be believed.
  const foreign = whyForeign(incoming.headers);
  if (foreign) throw new AwsError('AccessDeniedException', foreign, 403);
  const body = await readBody(incoming);
  const { method = 'POST', url = '/', headers } = incoming;
  const named =
    operation ||
    api?.operationOf?.({ method, url, headers }) ||
    new URLSearchParams(body.toString()).get('Action') ||
    '';
  const request: AwsRequest = { service, operation: named, method, url, headers, body };
  const handle = api?.handle ?? unknownService(Object.keys(services));
  await (intercept ? intercept(request, response, handle) : handle(request, response));
}

const unknownService = (known: string[]): AwsService => {
  return async ({ service }) => {
    const list = known.join(', ');
    throw new AwsError(
      'NotImplemented',
      `The local runtime answers ${list}; "${service}" is not emulated`,
      501,
    );
  };
};

/** In the protocol of the service where it has one of its own, else in that of the JSON services. */
function answerError(response: ServerResponse, error: unknown, api: Api | undefined): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = error instanceof AwsError;
  if (known && api?.writeError) {
    api.writeError(response, error);
    return;
  }
  const status = known ? error.status : 500;
  const code = known ? error.code : 'InternalFailure';
  const message = error instanceof Error ? error.message : String(error);
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code });
  response.end(JSON.stringify({ __type: code, message }));
}
