/** The protocols that more than one service speaks. */
import { own } from '../base/own.ts';
import { type AccessTable, type Fields, fieldsOf } from './access.ts';
import { send } from './answer.ts';
import { AwsError } from './aws-error.ts';
import { type AwsRequest, parseJsonBody, queryParams } from './aws-request.ts';
import { type Protocol, protocolOf } from './error-response.ts';
import type { Api, ServedApi } from './gateway.ts';
import { callOperation, findOperation, type JsonApi } from './json-operation.ts';
import { successXml, type XmlValue } from './query-protocol.ts';
import { accessKeyOf } from './signature.ts';

/** The needs of a call in JSON. */
export const jsonNeeds =
  (access: AccessTable<Fields>): ServedApi['needs'] =>
  (request) =>
    own(access, request.operation)?.(fieldsOf(parseJsonBody(request)));

export function jsonService(api: JsonApi, access: AccessTable<Fields>, denied?: Api['denied']): ServedApi {
  return {
    needs: jsonNeeds(access),
    ...(denied && { denied }),
    async handle(request, response) {
      expectProtocol(request, ['json']);
      const result = await callOperation(api, request.operation, parseJsonBody(request));
      send(response, 'application/x-amz-json-1.1', JSON.stringify(result));
    },
  };
}

/** A service with the Query protocol: form parameters in, XML out. */
export interface QueryApi {
  /** Such as `SNS`. */
  title: string;
  /** Of its XML. */
  namespace: string;
  /** @param accessKey with which the call is signed */
  operations: Readonly<Record<string, (params: URLSearchParams, accessKey?: string) => XmlValue>>;
}

/** @throws AwsError */
export function answerQuery(
  { title, namespace, operations }: QueryApi,
  params: URLSearchParams,
  accessKey?: string,
): string {
  const name = params.get('Action') ?? '';
  const answer = findOperation(title, operations, name, 'InvalidAction');
  return successXml(namespace, name, answer(params, accessKey));
}

export function queryService(
  api: QueryApi,
  access: AccessTable<URLSearchParams>,
  denied: Api['denied'] = ['AccessDenied', 403],
): ServedApi {
  return {
    ...{ namespace: api.namespace, denied },
    needs: (request) => own(access, request.operation)?.(queryParams(request)),
    async handle(request, response) {
      expectProtocol(request, ['query']);
      const accessKey = accessKeyOf(request.headers, request.url);
      send(response, 'text/xml', answerQuery(api, queryParams(request), accessKey));
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
