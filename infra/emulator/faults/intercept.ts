/** Faults between a caller and its service: seen by neither, and by no line of the product. */
import type { ServerResponse } from 'node:http';
import { type Clock, systemClock } from '../base/clock.ts';
import type { EnvironmentEnd } from '../lambda/function.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type AwsRequest, finished, isOfFunction } from '../wire/aws-request.ts';
import type { AwsService, Interceptor } from '../wire/gateway.ts';
import { CALL_FAULTS, DISK_FAULTS, type FaultKind, FUNCTION_FAULTS } from './fault.ts';
import type { Faults } from './faults.ts';
import { putInPart } from './put-records.ts';
import { isRefusal, type Refusing, refusal } from './refusals.ts';
import { UnsentResponse } from './unsent-response.ts';

const OF_CALLS = Object.keys(CALL_FAULTS) as FaultKind[];
const OF_FUNCTIONS = Object.keys(FUNCTION_FAULTS) as FaultKind[];
const OF_DISKS = Object.keys(DISK_FAULTS) as FaultKind[];
const ENDS: Partial<Record<FaultKind, EnvironmentEnd>> = {
  crash: 'crashed',
  'time-out': 'timeout',
  'out-of-memory': 'out-of-memory',
};

/** @param endFunctions ends the functions in the middle of what they do; resolves when they have ended */
export function faultInterceptor(
  faults: Faults,
  services: Refusing,
  endFunctions: (how: EnvironmentEnd) => Promise<void>,
  clock: Clock = systemClock,
): Interceptor {
  return async (request, response, next) => {
    const operation = `${request.service}.${request.operation}`;
    const kinds = isOfFunction(request) ? [...OF_CALLS, ...OF_FUNCTIONS] : OF_CALLS;
    const fault = faults.meets(operation, kinds);
    if (!fault) return next(request, response);
    const { kind } = fault;
    if (operation === 'kinesis.PutRecords' && !fault.after) {
      if (kind === 'throttle' || kind === 'internal-error') {
        const words = refusal(services, request.service, kind);
        return putInPart(request, response, next, words, () => faults.strikes(fault));
      }
    }
    if (!faults.strikes(fault)) return next(request, response);
    if (kind === 'slow') {
      await clock.sleep(fault.delay);
      return next(request, response);
    }
    if (fault.after) await takeEffect(request, next);
    if (isRefusal(kind)) throw refusal(services, request.service, kind);
    await cutOff(kind, response, endFunctions);
  };
}

/** Must be called before each write to a bucket: here S3 is a folder, and no call passes the gateway. */
export const diskGuard = (faults: Faults) => () => {
  const fault = faults.meets('s3.PutObject', OF_DISKS);
  if (!fault || !faults.strikes(fault)) return;
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};

async function takeEffect(request: AwsRequest, next: AwsService): Promise<void> {
  try {
    await next(request, new UnsentResponse());
  } catch (error) {
    // A refusal is an answer like others, and lost like them.
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
  // Nobody is there any more to hear an answer, or nobody ever hears it.
  else if (kind === 'hang') await finished(response);
  cut(response);
}

/** Ends the connection, or with HTTP/2 the one stream of it that the call has. */
function cut(response: ServerResponse): void {
  const { stream } = response as { stream?: { close(code: number): void } };
  const INTERNAL_ERROR = 2;
  if (stream) stream.close(INTERNAL_ERROR);
  else response.destroy();
}
