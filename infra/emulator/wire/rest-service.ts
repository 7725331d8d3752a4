/** A service whose operations are method and path, with JSON as body and answer. */
import type { Fields, Need } from './access.ts';
import { send } from './answer.ts';
import { AwsError } from './aws-error.ts';
import { type AwsRequest, parseJsonBody } from './aws-request.ts';
import type { ServedApi } from './gateway.ts';
import { parseTarget, unescapePath } from './request-target.ts';

export interface RestCall {
  method: string;
  path: string;
  /** What `{}` in the path stands for. */
  name: string;
  query: URLSearchParams;
  headers: AwsRequest['headers'];
  /** @throws AwsError where it is not JSON */
  readonly body: Fields;
}

export interface RestOperation {
  /** Such as `GET /things/{}`. */
  on: string;
  /** Of the answer: 200 without it. */
  status?: number;
  /** Without a result, the answer has no body. */
  answer(call: RestCall): object | undefined | Promise<object>;
}

interface RestApi<T extends RestOperation> {
  /** Such as `AWS IoT`. */
  title: string;
  operations: Readonly<Record<string, T>>;
  needs(name: string, operation: T, call: RestCall): readonly Need[] | undefined;
}

export function restService<T extends RestOperation>({ title, operations, needs }: RestApi<T>): ServedApi {
  const routes = Object.entries(operations).map(([name, operation]) => {
    const [method = '', path = ''] = operation.on.split(' ');
    return { name, operation, method, path: new RegExp(`^${path.replace('{}', '([^/]+)')}$`) };
  });
  const find = ({ method, url }: Pick<AwsRequest, 'method' | 'url'>) =>
    routes.find((route) => route.method === method && route.path.test(parseTarget(url).path));
  return {
    operationOf: (request) => find(request)?.name,
    denied: ['AccessDeniedException', 403],
    needs(request) {
      const route = find(request);
      return route && needs(route.name, route.operation, callOf(request, route.path));
    },
    async handle(request, response) {
      const route = find(request);
      if (!route) {
        const known = Object.keys(operations).sort().join(', ');
        throw new AwsError('NotImplemented', `Local ${title} does ${known}`, 501);
      }
      const { status, answer } = route.operation;
      const result = await answer(callOf(request, route.path));
      send(response, 'application/json', result === undefined ? '' : JSON.stringify(result), { status });
    },
  };
}

function callOf(request: AwsRequest, pattern: RegExp): RestCall {
  const { method, url, headers } = request;
  const { path, query } = parseTarget(url);
  const name = unescapePath(pattern.exec(path)?.[1] ?? '');
  return {
    ...{ method, path, name, query, headers },
    get body() {
      return parseJsonBody(request) as Fields;
    },
  };
}
