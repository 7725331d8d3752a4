/**
 * A service that speaks Smithy RPC v2 CBOR, JSON and Query, as CloudWatch does: boto3 and the command line send the first,
 * the SDK for JavaScript the second, and older clients the third.
 */
import type { ServerResponse } from 'node:http';
import { cbor, dateToTag } from '@smithy/core/cbor';
import { own } from '../base/own.ts';
import { type AccessTable, type Fields, fieldsOf } from './access.ts';
import { send } from './answer.ts';
import { AwsError } from './aws-error.ts';
import { type AwsRequest, parseJsonBody, queryParams } from './aws-request.ts';
import { protocolOf } from './error-response.ts';
import type { ServedApi } from './gateway.ts';
import { callOperation, type JsonApi } from './json-operation.ts';
import { expectProtocol } from './protocols.ts';
import { successXml, type XmlValue } from './query-protocol.ts';

/** What an operation answers; undefined members are left out, and dates are written as each protocol has them. */
export type Answer = { readonly [member: string]: AnswerValue };
export type AnswerValue = string | number | boolean | Date | undefined | readonly AnswerValue[] | Answer;

/** @param namespace of the XML of the Query protocol */
export function anyProtocolService(
  namespace: string,
  api: JsonApi<Answer>,
  access: AccessTable<Fields>,
): ServedApi {
  return {
    namespace,
    takesGzip: true,
    needs: (request) => own(access, request.operation)?.(fieldsOf(inputOf(request))),
    async handle(request, response) {
      expectProtocol(request, ['rpc-v2-cbor', 'json', 'query']);
      const { operation } = request;
      const answered = await callOperation(api, operation, inputOf(request));
      switch (protocolOf(request)) {
        case 'rpc-v2-cbor':
          return sendCbor(response, answered);
        case 'query':
          return send(response, 'text/xml', successXml(namespace, operation, toXml(answered)));
        default: {
          const body = JSON.stringify(mapDates(answered, seconds));
          return send(response, 'application/x-amz-json-1.0', body);
        }
      }
    },
  };
}

function inputOf(request: AwsRequest): unknown {
  switch (protocolOf(request)) {
    case 'rpc-v2-cbor':
      return fromCbor(request);
    case 'query':
      return fromQuery(queryParams(request));
    default:
      return parseJsonBody(request);
  }
}

function fromCbor({ body }: AwsRequest): unknown {
  try {
    return body.length === 0 ? {} : cbor.deserialize(body);
  } catch {
    throw new AwsError('SerializationException', 'Expected a body in CBOR');
  }
}

/** `A.member.1.B=x` → `{ A: [{ B: 'x' }] }` */
function fromQuery(params: URLSearchParams): unknown {
  interface Node {
    [name: string]: Node | string;
  }
  const root: Node = Object.create(null);
  for (const [path, value] of params) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    let node = root;
    for (const name of names) {
      const known = node[name];
      const inner: Node = typeof known === 'object' ? known : Object.create(null);
      node[name] = inner;
      node = inner;
    }
    node[last] = value;
  }
  const lists = (node: Node | string): unknown => {
    if (typeof node === 'string') return node;
    if (typeof node.member === 'object') {
      const members = Object.entries(node.member).sort(([a], [b]) => Number(a) - Number(b));
      return members.map(([, member]) => lists(member));
    }
    return Object.fromEntries(Object.entries(node).map(([name, inner]) => [name, lists(inner)]));
  };
  return lists(root);
}

function toXml(value: AnswerValue): XmlValue {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toXml);
  if (typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toXml(inner)]));
  }
  return value as string | number | boolean | undefined;
}

const seconds = (date: Date) => date.getTime() / 1000;

function mapDates(value: AnswerValue, map: (date: Date) => unknown): unknown {
  if (value instanceof Date) return map(value);
  if (Array.isArray(value)) return value.map((inner) => mapDates(inner, map));
  if (typeof value !== 'object') return value;
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(members.map(([name, inner]) => [name, mapDates(inner, map)]));
}

function sendCbor(response: ServerResponse, answer: Answer): void {
  response.setHeader('smithy-protocol', 'rpc-v2-cbor');
  send(response, 'application/cbor', cbor.serialize(mapDates(answer, dateToTag)));
}
