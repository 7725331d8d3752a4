/** How each service words its refusals. From the services' API references; messages as AWS sends them. */
import type { ServerResponse } from 'node:http';
import { AwsError } from '../wire/aws-error.ts';
import { answerError } from '../wire/gateway.ts';
import { errorXml } from '../wire/query-protocol.ts';
import type { FaultKind } from './fault.ts';

type Refusal = 'throttle' | 'unavailable' | 'internal-error' | 'expired-iterator';
type Words = readonly [code: string, status: number, message: string];

const UNAVAILABLE: Words = ['ServiceUnavailable', 503, 'The service is temporarily unavailable.'];
const INTERNAL: Words = ['InternalFailure', 500, 'The request processing has failed: internal failure.'];

const REFUSALS: Record<string, Record<'throttle' | 'unavailable' | 'internal-error', Words>> = {
  kinesis: {
    throttle: ['ProvisionedThroughputExceededException', 400, 'Rate exceeded for shard.'],
    unavailable: UNAVAILABLE,
    'internal-error': INTERNAL,
  },
  dynamodb: {
    // What a table that is billed on demand says.
    throttle: ['ThrottlingException', 400, 'Throughput exceeds the current capacity of your table or index.'],
    unavailable: ['ServiceUnavailable', 503, 'The service is currently unavailable or busy.'],
    'internal-error': ['InternalServerError', 500, 'Internal server error'],
  },
  sns: {
    throttle: ['Throttling', 400, 'Rate exceeded'],
    unavailable: UNAVAILABLE,
    'internal-error': ['InternalError', 500, 'Internal error'],
  },
  athena: {
    throttle: ['ThrottlingException', 400, 'Rate exceeded'],
    unavailable: UNAVAILABLE,
    'internal-error': ['InternalServerException', 500, 'Internal server error'],
  },
};
const EXPIRED: Words = [
  'ExpiredIteratorException',
  400,
  'Iterator expired. The iterator is more than 300000 milliseconds old.',
];

export const isRefusal = (kind: FaultKind): kind is Refusal =>
  ['throttle', 'unavailable', 'internal-error', 'expired-iterator'].includes(kind);

export function refusal(service: string, kind: Refusal): AwsError {
  const ofService = REFUSALS[service];
  const words = kind === 'expired-iterator' ? EXPIRED : ofService?.[kind];
  if (words === undefined) throw new Error(`No fault ${kind} is known for ${service}`);
  const [code, status, message] = words;
  return new AwsError(code, message, status);
}

/** Writes an error in the service's protocol. */
export function refuse(response: ServerResponse, service: string, error: AwsError): void {
  if (service !== 'sns') {
    answerError(response, error);
    return;
  }
  response.writeHead(error.status, { 'content-type': 'text/xml' });
  response.end(errorXml(error));
}
