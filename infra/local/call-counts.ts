/** How often each AWS operation was called: the pipeline's measured appetite, by which its bill is checked. */
import type { Interceptor } from './gateway.ts';

export interface CallCounts {
  intercept: Interceptor;
  /** Calls so far, such as `{ 'kinesis.PutRecords': 12 }`. */
  all(): Record<string, number>;
}

export function createCallCounts(): CallCounts {
  const counts = new Map<string, number>();
  return {
    intercept(request, response, next) {
      const name = `${request.service}.${request.operation}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
      return next(request, response);
    },
    all: () => Object.fromEntries([...counts].sort()),
  };
}
