/** The protocols that more than one service speaks. */
import type { ServerResponse } from 'node:http';
import { own } from '../base/own.ts';
import type { AccessTable, Fields } from './access.ts';
import { AwsError } from './aws-error.ts';
import { type AwsRequest, parseJsonBody, queryParams } from './aws-request.ts';
import { type Protocol, protocolOf } from './error-response.ts';
import type { Api, ServedApi } from './gateway.ts';

/** The needs of a call in JSON. */
export const jsonNeeds =
  (access: AccessTable<Fields>): ServedApi['needs'] =>
  (request) => {
    const body = parseJsonBody(request);
    return own(
      access,
      request.operation,
    )?.(typeof body === 'object' && body !== null ? (body as Fields) : {});
  };

export function jsonService(
  handle: (operation: string, body: unknown) => Promise<object>,
  access: AccessTable<Fields>,
  denied?: Api['denied'],
): ServedApi {
  return {
    needs: jsonNeeds(access),
    ...(denied && { denied }),
    async handle(request, response) {
      expectProtocol(request, ['json']);
      const result = await handle(request.operation, parseJsonBody(request));
      send(response, 200, 'application/x-amz-json-1.1', JSON.stringify(result));
    },
  };
}

/** A service with the Query protocol. @param namespace of its XML */
export function queryService(
  namespace: string,
  handle: (params: URLSearchParams, request: AwsRequest) => Promise<{ status: number; body: string }>,
  access: AccessTable<URLSearchParams>,
  denied: Api['denied'] = ['AccessDenied', 403],
): ServedApi {
  return {
    ...{ namespace, denied },
    needs: (request) => own(access, request.operation)?.(queryParams(request)),
    async handle(request, response) {
      expectProtocol(request, ['query']);
      const { status, body } = await handle(queryParams(request), request);
      send(response, status, 'text/xml', body);
    },
  };
}

/** Calls of REST cannot be recognized, so they pass here and are refused for their operation. */
const MARKED: readonly Protocol[] = ['json', 'cbor', 'rpc-v2-cbor', 'query', 'ec2'];

/** @throws AwsError for a call in another protocol, such as an old client's */
export function expectProtocol(request: AwsRequest, spoken: readonly Protocol[]): void {
  const came = protocolOf(request);
  if (!MARKED.includes(came) || spoken.includes(came)) return;
  const text = `Local ${request.service} speaks the protocol ${spoken.join(' or ')}, as current SDKs do; got a call in ${came}`;
  throw new AwsError('NotImplemented', text, 501);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
