/**
 * The emulator's own readers get records without the network. They are SDK clients all the same: each call is serialized,
 * signed, retried, authorized, counted and broken by faults as if it came from outside. Only the answer is handed over as
 * it is, because to write every record as base64 and JSON and to read it again costs more than all else.
 */
import {
  ExpiredIteratorException,
  type GetRecordsOutput,
  type KinesisClient,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-kinesis';
import type { DeserializeMiddleware } from '@smithy/types';
import { AwsError } from '../../wire/aws-error.ts';
import type { AwsRequest } from '../../wire/aws-request.ts';
import type { AwsService } from '../../wire/gateway.ts';
import { OwnResponse } from '../api/own-response.ts';

type Middleware = DeserializeMiddleware<ServiceInputTypes, ServiceOutputTypes>;

/** What the SDK would send. */
interface HttpRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array;
}

/** @param pass passes a call to the stream's API */
export function readInProcess(client: KinesisClient, pass: AwsService): void {
  const middleware: Middleware =
    (next, { commandName }) =>
    async (args) => {
      if (commandName !== 'GetRecordsCommand') return next(args);
      const output = await call(asAwsRequest(args.request as HttpRequest), pass);
      return { output: { ...output, $metadata: {} }, response: undefined };
    };
  client.middlewareStack.addRelativeTo(middleware, {
    ...{ name: 'readInProcess', relation: 'before', toMiddleware: 'deserializerMiddleware' },
  });
}

const asAwsRequest = ({ method, path, headers, body }: HttpRequest): AwsRequest => ({
  ...{ service: 'kinesis', operation: 'GetRecords', method, url: path },
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  body:
    typeof body === 'string' ? Buffer.from(body) : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
});

async function call(request: AwsRequest, pass: AwsService): Promise<GetRecordsOutput> {
  const response = new OwnResponse();
  try {
    await pass(request, response);
  } catch (error) {
    throw error instanceof AwsError ? asSdkError(error) : error;
  }
  if (response.answer) return response.answer as GetRecordsOutput;
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** By name and status the SDK knows what it may try again. */
function asSdkError({ code, message, status }: AwsError): Error {
  const $metadata = { httpStatusCode: status };
  if (code === 'ExpiredIteratorException') return new ExpiredIteratorException({ message, $metadata });
  return Object.assign(new Error(message), { name: code, $metadata });
}
