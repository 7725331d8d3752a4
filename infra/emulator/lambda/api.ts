/** The Lambda API, of which only `Invoke` is run: what `aws lambda invoke` and a redrive need. */

import type { EventBus } from '../base/events.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import type { AwsService } from '../wire/gateway.ts';
import type { InvocationResult, LambdaFunction } from './function.ts';

/** Largest event of a synchronous invocation, in bytes. */
const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** @param find a function by its name or ARN */
export function createLambdaApi(
  find: (nameOrArn: string) => LambdaFunction | undefined,
  bus: EventBus,
): AwsService {
  return async (request, response) => {
    if (request.operation !== 'Invoke') {
      throw new AwsError('NotImplemented', 'Of the Lambda API, the local runtime answers Invoke only', 501);
    }
    const fn = functionOf(request, find);
    const type = header(request, 'x-amz-invocation-type') ?? 'RequestResponse';
    const payload = checkPayload(request.body);
    if (type === 'DryRun') {
      response.writeHead(204).end();
      return;
    }
    if (type !== 'RequestResponse') {
      throw new AwsError(
        'NotImplemented',
        `Invocation type ${type} is not emulated: use RequestResponse`,
        501,
      );
    }
    const result = await fn.invoke(payload);
    const ok = result.status === 'ok';
    bus.publish({
      type: 'notice',
      level: ok ? 'info' : 'warning',
      text: `${fn.name} was invoked directly: ${ok ? 'ok' : result.errorType}, ${Math.round(result.durationMs)} ms`,
    });
    const body = ok ? result.payload : JSON.stringify(errorOf(result));
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'x-amzn-requestid': result.requestId,
      'x-amz-executed-version': '$LATEST',
      ...(ok ? {} : { 'x-amz-function-error': 'Unhandled' }),
    });
    response.end(body);
  };
}

function functionOf(request: AwsRequest, find: (name: string) => LambdaFunction | undefined): LambdaFunction {
  const { pathname } = new URL(request.url, 'http://localhost');
  const name = decodeURIComponent(pathname.split('/')[3] ?? '');
  const fn = find(name);
  if (fn) return fn;
  throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
}

/** The event as text; an empty body is an empty event. */
function checkPayload(body: Buffer): string {
  if (body.length > MAX_PAYLOAD_BYTES) {
    const message = `${body.length} byte payload is too large for the RequestResponse invocation type (limit ${MAX_PAYLOAD_BYTES} bytes)`;
    throw new AwsError('RequestTooLargeException', message, 413);
  }
  const text = body.toString();
  if (text === '') return '{}';
  try {
    JSON.parse(text);
  } catch (cause) {
    const message = `Could not parse request body into json: ${(cause as Error).message}`;
    throw new AwsError('InvalidRequestContentException', message);
  }
  return text;
}

const errorOf = ({ errorType, errorMessage }: Exclude<InvocationResult, { status: 'ok' }>) => ({
  errorType,
  errorMessage,
});

function header(request: AwsRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
