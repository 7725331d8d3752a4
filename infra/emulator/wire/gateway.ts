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
import { restOperation } from './rest-operation.ts';

/** Loopback only, always: the local runtime checks no signature. */
export const LOOPBACK = '127.0.0.1';

/** Answers one AWS request. Errors that AWS would give are thrown as {@link AwsError}. */
export type AwsService = (request: AwsRequest, response: ServerResponse) => Promise<void>;
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
  services: Record<string, AwsService>;
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
    route(options, request, response).catch((error: unknown) => answerError(response, error));
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

async function route(
  options: GatewayOptions,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const signed = describeRequest(incoming.headers);
  if (!signed) {
    options.web(incoming, response);
    return;
  }
  // No signature is checked here, so a web page that made one up would be believed.
  const foreign = whyForeign(incoming.headers);
  if (foreign) throw new AwsError('AccessDeniedException', foreign, 403);
  const body = await readBody(incoming);
  const request: AwsRequest = {
    ...signed,
    method: incoming.method ?? 'POST',
    url: incoming.url ?? '/',
    headers: incoming.headers,
    body,
  };
  if (request.operation === '') {
    request.operation = restOperation(request) ?? new URLSearchParams(body.toString()).get('Action') ?? '';
  }
  const service: AwsService =
    options.services[request.service] ?? unknownService(Object.keys(options.services));
  await (options.intercept ? options.intercept(request, response, service) : service(request, response));
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

/** An error in the JSON protocols' form; services with another protocol write their own. */
export function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const known = error instanceof AwsError;
  const status = known ? error.status : 500;
  const code = known ? error.code : 'InternalFailure';
  const message = error instanceof Error ? error.message : String(error);
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-errortype': code });
  response.end(JSON.stringify({ __type: code, message }));
}
