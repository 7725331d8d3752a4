/**
 * One loopback port for the AWS APIs in their own protocols and for web pages: HTTP/1.1, and HTTP/2 without TLS, which
 * the Kinesis client of SDK v3 insists on.
 */
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import { AwsError } from './aws-error.ts';
import { type AwsRequest, describeRequest, readBody } from './aws-request.ts';
import { whyForeign } from './origin.ts';

/** Never any other address, because no signature is checked here. */
const LOOPBACK = '127.0.0.1';

/** Answers one AWS request. @throws AwsError to refuse it */
export type AwsService = (request: AwsRequest, response: ServerResponse) => Promise<void>;
/** The API of a service, in the service's own protocol. */
export interface Api {
  handle: AwsService;
  /** Name of the operation, for a protocol that encodes it in method and path. */
  operationOf?(call: Pick<AwsRequest, 'method' | 'url' | 'headers'>): string | undefined;
  /** Writes a refusal; without it, refusals are JSON. */
  writeError?(response: ServerResponse, error: AwsError): void;
}
/** Answers requests without an AWS signature. */
export type WebHandler = (request: IncomingMessage, response: ServerResponse) => void;
/** Sees every AWS call before its service does. */
export type Interceptor = (request: AwsRequest, response: ServerResponse, next: AwsService) => Promise<void>;

export interface Gateway {
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

/** @throws Error with code `EADDRINUSE` when the port is in use */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    // Without a listener, a client that disconnects would end the process.
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
    // An HTTP/2 client begins with the preface `PRI * HTTP/2.0`. The bytes are put back while the socket is paused,
    // because an HTTP/2 session takes over the handle below the stream.
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
  // No signature is checked here, so a web page could make one up.
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
