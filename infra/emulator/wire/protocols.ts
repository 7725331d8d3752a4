/** The protocols that more than one service speaks. */
import type { ServerResponse } from 'node:http';
import { parseJsonBody } from './aws-request.ts';
import type { Api } from './gateway.ts';
import { errorXml } from './query-protocol.ts';

export function jsonService(handle: (operation: string, body: unknown) => Promise<object>): Api {
  return {
    async handle(request, response) {
      const result = await handle(request.operation, parseJsonBody(request));
      send(response, 200, 'application/x-amz-json-1.1', JSON.stringify(result));
    },
  };
}

/** A service with the Query protocol. @param namespace of its XML */
export function queryService(
  namespace: string,
  handle: (params: URLSearchParams) => Promise<{ status: number; body: string }>,
): Api {
  return {
    async handle(request, response) {
      const { status, body } = await handle(new URLSearchParams(request.body.toString()));
      send(response, status, 'text/xml', body);
    },
    writeError: (response, error) => send(response, error.status, 'text/xml', errorXml(namespace, error)),
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
