/** The Lambda API. Only `Invoke` runs here, for `aws lambda invoke` and programs that invoke functions directly. */
import type { ServerResponse } from 'node:http';
import type { EventBus } from '../base/events.ts';
import { own } from '../base/own.ts';
import { arnOf } from '../stack/identities.ts';
import { type AccessTable, on } from '../wire/access.ts';
import { send } from '../wire/answer.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { parseTarget, unescapePath } from '../wire/request-target.ts';
import { MAX_ASYNC_PAYLOAD_BYTES } from './async-invocations.ts';
import type { InvocationResult, LambdaFunction } from './function.ts';

/** Largest event of each type of invocation, in bytes. */
const MAX_PAYLOAD_BYTES = { RequestResponse: 6 * 1024 * 1024, Event: MAX_ASYNC_PAYLOAD_BYTES };
const INVOCATIONS = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

const ACCESS: AccessTable<string> = {
  Invoke: (name) =>
    on('lambda:InvokeFunction', name.startsWith('arn:') ? name : arnOf('lambda', `function:${name}`)),
};

type Find = (nameOrArn: string) => LambdaFunction | undefined;

export function createLambdaApi(
  find: Find,
  invokeLater: (fn: LambdaFunction, payload: string) => void,
  bus: EventBus,
): ServedApi {
  return {
    denied: ['AccessDeniedException', 403],
    needs: (request) => own(ACCESS, request.operation)?.(nameIn(request)),
    operationOf: ({ method, url }) =>
      method === 'POST' && INVOCATIONS.test(parseTarget(url).path) ? 'Invoke' : undefined,
    async handle(request, response) {
      if (request.operation !== 'Invoke') {
        throw new AwsError('NotImplemented', 'Of the Lambda API, the local runtime answers Invoke only', 501);
      }
      const fn = functionOf(request, find);
      const type = header(request, 'x-amz-invocation-type') ?? 'RequestResponse';
      const payload = checkPayload(request.body, type === 'Event' ? type : 'RequestResponse');
      switch (type) {
        case 'RequestResponse':
          return answer(response, await invoke(fn, payload, bus));
        case 'Event':
          invokeLater(fn, payload);
          response.writeHead(202).end();
          return;
        case 'DryRun':
          response.writeHead(204).end();
          return;
        default: {
          const text = `Expected the invocation type RequestResponse, Event or DryRun, got ${type}`;
          throw new AwsError('InvalidParameterValueException', text);
        }
      }
    },
  };
}

async function invoke(fn: LambdaFunction, payload: string, bus: EventBus): Promise<InvocationResult> {
  const result = await fn.invoke(payload);
  const ok = result.status === 'ok';
  bus.publish({
    type: 'notice',
    level: ok ? 'info' : 'warning',
    text: `${fn.name} was invoked directly: ${ok ? 'ok' : result.errorType}, ${Math.round(result.durationMs)} ms`,
  });
  return result;
}

function answer(response: ServerResponse, result: InvocationResult): void {
  const ok = result.status === 'ok';
  const body = ok ? result.payload : JSON.stringify(errorOf(result));
  const headers = {
    'x-amzn-requestid': result.requestId,
    'x-amz-executed-version': '$LATEST',
    ...(ok ? {} : { 'x-amz-function-error': 'Unhandled' }),
  };
  send(response, 'application/json', body, { headers });
}

const nameIn = ({ url }: Pick<AwsRequest, 'url'>) =>
  unescapePath(INVOCATIONS.exec(parseTarget(url).path)?.[1] ?? '');

function functionOf(request: AwsRequest, find: Find): LambdaFunction {
  const name = nameIn(request);
  const fn = find(name);
  if (fn) return fn;
  throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
}

/** The event as text; an empty body is an empty event. */
function checkPayload(body: Buffer, type: keyof typeof MAX_PAYLOAD_BYTES): string {
  const max = MAX_PAYLOAD_BYTES[type];
  if (body.length > max) {
    const message = `${body.length} byte payload is too large for the ${type} invocation type (limit ${max} bytes)`;
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
