/** The DynamoDB API: dynalite, and a message for what it does not have. */

import type { AwsService } from '../wire/gateway.ts';
import { unknownOperation } from '../wire/json-operation.ts';
import { expectProtocol } from '../wire/protocols.ts';

const OPERATIONS = [
  ...['BatchGetItem', 'BatchWriteItem', 'CreateTable', 'DeleteItem', 'DeleteTable', 'DescribeTable'],
  ...['DescribeTimeToLive', 'GetItem', 'ListTables', 'ListTagsOfResource', 'PutItem', 'Query', 'Scan'],
  ...['TagResource', 'UntagResource', 'UpdateItem', 'UpdateTable'],
];

export function dynamoDbApi(next: AwsService): AwsService {
  return async (request, response) => {
    expectProtocol(request, ['json']);
    const { operation } = request;
    if (OPERATIONS.includes(operation)) return next(request, response);
    throw unknownOperation('DynamoDB', OPERATIONS, operation, 'UnknownOperationException');
  };
}
