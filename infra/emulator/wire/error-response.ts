/**
 * A refusal in the caller's protocol. The request tells the protocol, not the service, so that a client can read the
 * reason even if its service is not emulated or it speaks an older protocol.
 */
import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import type { AwsError } from './aws-error.ts';
import type { AwsRequest } from './aws-request.ts';
import { cborOfTexts } from './cbor.ts';
import { errorXml } from './query-protocol.ts';
import { element, escapeXml } from './xml.ts';

export type Protocol = 'json' | 'cbor' | 'rpc-v2-cbor' | 'query' | 'ec2' | 'rest-json' | 'rest-xml' | 's3';
export type Call = Pick<AwsRequest, 'service' | 'method' | 'url' | 'headers'>;

const JSON_TYPE = 'application/x-amz-json';
const FORM = 'application/x-www-form-urlencoded';
const REST_XML = new Set(['cloudfront', 'route53', 's3-object-lambda', 's3-outposts', 's3express']);

export function protocolOf({ service, method, url, headers }: Call): Protocol {
  const type = headers['content-type'] ?? '';
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return 'rpc-v2-cbor';
  if (type.startsWith('application/x-amz-cbor')) return 'cbor';
  if (type.startsWith(JSON_TYPE) || headers['x-amz-target'] !== undefined) return 'json';
  if (type.startsWith(FORM) || (method === 'GET' && /[?&]Action=/.test(url))) {
    return service === 'ec2' ? 'ec2' : 'query';
  }
  // S3 Control signs as S3 does, but only its requests name an account.
  if (service === 's3' && headers['x-amz-account-id'] === undefined) return 's3';
  return service === 's3' || REST_XML.has(service) ? 'rest-xml' : 'rest-json';
}

/** @param namespace of the XML, where the service is known and has one */
export function writeError(call: Call, response: ServerResponse, error: AwsError, namespace?: string): void {
  const { headers, body } = inProtocol(call, error, namespace);
  // DynamoDB's clients compare it, also of a refusal.
  const checksum = call.service === 'dynamodb' ? { 'x-amz-crc32': crc32(body) } : undefined;
  response.writeHead(error.status, { ...headers, ...checksum, 'content-length': Buffer.byteLength(body) });
  // An answer to HEAD has the length of the body, but no body.
  response.end(call.method === 'HEAD' ? undefined : body);
}

interface Written {
  headers: Record<string, string>;
  body: string | Buffer;
}

function inProtocol(call: Call, error: AwsError, namespace: string | undefined): Written {
  const { code, message } = error;
  const xml = (body: string) => ({ headers: { 'content-type': 'text/xml' }, body });
  switch (protocolOf(call)) {
    case 's3':
      return xml(`<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', details(error))}`);
    case 'ec2':
      return xml(element('Response', element('Errors', element('Error', details(error)))));
    case 'query':
    case 'rest-xml':
      return xml(errorXml(namespace, error));
    case 'rpc-v2-cbor':
      return {
        headers: { 'content-type': 'application/cbor', 'smithy-protocol': 'rpc-v2-cbor' },
        body: cborOfTexts({ __type: code, message }),
      };
    case 'cbor':
      return {
        headers: { 'content-type': 'application/x-amz-cbor-1.1', 'x-amzn-errortype': code },
        body: cborOfTexts({ __type: code, message }),
      };
    case 'json': {
      const type = call.headers['content-type'] ?? '';
      return json(type.startsWith(JSON_TYPE) ? type : `${JSON_TYPE}-1.1`, error);
    }
    case 'rest-json':
      return json('application/json', error);
  }
}

const details = ({ code, message }: AwsError) =>
  element('Code', escapeXml(code)) + element('Message', escapeXml(message));

const json = (type: string, { code, message }: AwsError): Written => ({
  headers: { 'content-type': type, 'x-amzn-errortype': code },
  body: JSON.stringify({ __type: code, message }),
});
