/** The DynamoDB API: dynalite, and a message for what it does not have. */
import { AwsError } from '../wire/aws-error.ts';
import type { AwsService } from '../wire/gateway.ts';
import { unknownOperation } from '../wire/json-operation.ts';
import { expectProtocol } from '../wire/protocols.ts';
import { ACCESS } from './access.ts';

const OPERATIONS = Object.keys(ACCESS);
const GROWING = ['BatchWriteItem', 'PutItem', 'UpdateItem'];

/** @param whyFull why no more can be taken now; undefined while there is room */
export function dynamoDbApi(next: AwsService, whyFull: () => string | undefined): AwsService {
  return async (request, response) => {
    expectProtocol(request, ['json']);
    const { operation } = request;
    const full = GROWING.includes(operation) ? whyFull() : undefined;
    if (full !== undefined) throw new AwsError('ServiceUnavailable', full, 503);
    if (OPERATIONS.includes(operation)) return next(request, response);
    throw unknownOperation('DynamoDB', OPERATIONS, operation, 'UnknownOperationException');
  };
}
