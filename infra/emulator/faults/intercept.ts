/** Injects faults between a caller and its service, neither of which knows of them. */
import type { ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EnvironmentEnd } from '../lambda/function.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type AwsRequest, finished, isOfFunction } from '../wire/aws-request.ts';
import type { AwsService, Interceptor } from '../wire/gateway.ts';
import { CALL_FAULTS, DISK_FAULTS, type FaultKind, FUNCTION_FAULTS } from './fault.ts';
import type { Faults } from './faults.ts';
import type { OnThrottled } from './measure-throttles.ts';
import { putInPart } from './put-records.ts';
import { isRefusal, type Refusing, refusal } from './refusals.ts';
import { UnsentResponse } from './unsent-response.ts';

const ENDS: Partial<Record<FaultKind, EnvironmentEnd>> = {
  crash: 'crashed',
  'time-out': 'timeout',
  'out-of-memory': 'out-of-memory',
};

/** @param endFunctions ends all functions, even during an invocation; resolves when they have ended */
export function faultInterceptor(
  faults: Faults,
  services: Refusing,
  endFunctions: (how: EnvironmentEnd) => Promise<void>,
  clock: Clock = systemClock,
  onThrottled: OnThrottled = () => undefined,
): Interceptor {
  return async (request, response, next) => {
    const operation = `${request.service}.${request.operation}`;
    const kinds = isOfFunction(request) ? [...CALL_FAULTS, ...FUNCTION_FAULTS] : CALL_FAULTS;
    const fault = faults.find(operation, kinds);
    if (!fault) return next(request, response);
    const { kind } = fault;
    if (operation === 'kinesis.PutRecords' && !fault.after) {
      if (kind === 'throttle' || kind === 'internal-error') {
        const words = refusal(services, request.service, kind);
        return putInPart(request, response, next, words, () => {
          const hit = faults.draw(fault);
          if (hit && kind === 'throttle') onThrottled(request, 1);
          return hit;
        });
      }
    }
    if (!faults.draw(fault)) return next(request, response);
    if (kind === 'slow') {
      await clock.sleep(fault.delay);
      return next(request, response);
    }
    if (fault.after) await takeEffect(request, next);
    if (kind === 'throttle') onThrottled(request, 1);
    if (isRefusal(kind)) throw refusal(services, request.service, kind);
    await cutOff(kind, response, endFunctions);
  };
}

/** Must be called before each write to a bucket, because S3 is a folder here and such writes pass no gateway. */
export const diskGuard = (faults: Faults) => () => {
  const fault = faults.find('s3.PutObject', DISK_FAULTS);
  if (!fault || !faults.draw(fault)) return;
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};

async function takeEffect(request: AwsRequest, next: AwsService): Promise<void> {
  try {
    await next(request, new UnsentResponse());
  } catch (error) {
    // A refusal is an answer too, and lost like any other.
    if (!(error instanceof AwsError)) throw error;
  }
}

async function cutOff(
  kind: FaultKind,
  response: ServerResponse,
  endFunctions: (how: EnvironmentEnd) => Promise<void>,
): Promise<void> {
  const end = ENDS[kind];
  if (end) await endFunctions(end);
  // Until the caller gives up.
  else if (kind === 'hang') await finished(response);
  cut(response);
}

/** Ends the connection or, with HTTP/2, the stream of this call. */
function cut(response: ServerResponse): void {
  const { stream } = response as { stream?: { close(code: number): void } };
  const INTERNAL_ERROR = 2;
  if (stream) stream.close(INTERNAL_ERROR);
  else response.destroy();
}
