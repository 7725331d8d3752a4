/** From the wire to our own services and back: Athena speaks JSON 1.1, SNS the Query protocol with XML answers. */
import type { ServerResponse } from 'node:http';
import { parseJsonBody } from './aws-request.ts';
import type { AwsService } from './gateway.ts';

/** A service of operations that take and give JSON. */
export function jsonService(handle: (operation: string, body: unknown) => Promise<object>): AwsService {
  return async (request, response) => {
    const result = await handle(request.operation, parseJsonBody(request));
    send(response, 200, 'application/x-amz-json-1.1', JSON.stringify(result));
  };
}

/** A service of operations that take form parameters and give XML. */
export function queryService(
  handle: (params: URLSearchParams) => Promise<{ status: number; body: string }>,
): AwsService {
  return async (request, response) => {
    const { status, body } = await handle(new URLSearchParams(request.body.toString()));
    send(response, status, 'text/xml', body);
  };
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
