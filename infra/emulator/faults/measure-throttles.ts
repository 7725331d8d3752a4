/** What CloudWatch counts of calls that a service refuses because there are too many. */
import { z } from 'zod';
import type { EventBus } from '../base/events.ts';
import { measureOf } from '../base/measure.ts';
import { parseJson } from '../base/parse-json.ts';
import type { AwsRequest } from '../wire/aws-request.ts';

/** @param refused records of the call, or 1 */
export type OnThrottled = (request: AwsRequest, refused: number) => void;

const named = z.looseObject({
  TableName: z.string().optional(),
  StreamName: z.string().optional(),
  StreamARN: z.string().optional(),
});
const READS = ['GetItem', 'Query', 'Scan', 'BatchGetItem'];
const PUTS = ['PutRecord', 'PutRecords'];

export const measureThrottles =
  (bus: EventBus): OnThrottled =>
  ({ service, operation, body }, refused) => {
    const { TableName, StreamName, StreamARN } = parseJson(body.toString(), named) ?? {};
    if (service === 'dynamodb' && TableName !== undefined) {
      const name = READS.includes(operation) ? 'ReadThrottleEvents' : 'WriteThrottleEvents';
      measureOf(bus, 'AWS/DynamoDB', { TableName })(name, refused);
    }
    const stream = StreamName ?? StreamARN?.slice(StreamARN.lastIndexOf('/') + 1);
    if (service === 'kinesis' && stream !== undefined && PUTS.includes(operation)) {
      measureOf(bus, 'AWS/Kinesis', { StreamName: stream })('WriteProvisionedThroughputExceeded', refused);
    }
  };
