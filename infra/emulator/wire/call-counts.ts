/** How often each AWS operation was called, to check estimates of the bill. */
import { type AwsRequest, isOfFunction } from './aws-request.ts';
import type { Interceptor } from './gateway.ts';

export interface CallCounts {
  intercept: Interceptor;
  /** All calls so far, such as `{ 'kinesis.PutRecords': 12 }`. */
  all(): Record<string, number>;
  /** Only the calls that Lambda functions made. */
  ofFunctions(): Record<string, number>;
}

/** @param partsOf what else a call counts as, such as each statement of a batch */
export function createCallCounts(partsOf: (request: AwsRequest) => readonly string[] = () => []): CallCounts {
  const everybody = new Map<string, number>();
  const functions = new Map<string, number>();
  const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  return {
    intercept(request, response, next) {
      const isByFunction = isOfFunction(request);
      for (const part of [request.operation, ...partsOf(request)]) {
        const name = `${request.service}.${part}`;
        count(everybody, name);
        if (isByFunction) count(functions, name);
      }
      return next(request, response);
    },
    all: () => Object.fromEntries([...everybody].sort()),
    ofFunctions: () => Object.fromEntries([...functions].sort()),
  };
}
