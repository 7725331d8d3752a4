/** Refusals that more than one operation gives, in AWS' words where AWS publishes them. */
import { LOCAL_ACCOUNT, LOCAL_REGION } from '../../stack/identities.ts';
import { AwsError } from '../../wire/aws-error.ts';

export const invalid = (text: string) => new AwsError('InvalidArgumentException', text);
export const invalidRequest = (text: string) => new AwsError('ValidationException', text);
export const notFound = (text: string) => new AwsError('ResourceNotFoundException', text);
export const inUse = (text: string) => new AwsError('ResourceInUseException', text);
export const tooMany = (text: string) => new AwsError('LimitExceededException', text);

/** `stream orders under account 000000000000` */
export const inAccount = (what: string) => `${what} under account ${LOCAL_ACCOUNT}`;

export const noStream = (name: string) => notFound(`${inAccount(`Stream ${name}`)} not found.`);
export const noShard = (shardId: string, stream: string) =>
  notFound(`${inAccount(`Shard ${shardId} in stream ${stream}`)} does not exist`);
export const noSuchShard = (shardId: string, stream: string) =>
  notFound(inAccount(`Could not find shard ${shardId} in stream ${stream}`).concat('.'));

export const RATE_EXCEEDED = 'ProvisionedThroughputExceededException';
export const rateExceeded = (shardId: string, stream: string) =>
  `${inAccount(`Rate exceeded for shard ${shardId} in stream ${stream}`)}.`;
export const tooFast = (shardId: string, stream: string) =>
  new AwsError(RATE_EXCEEDED, rateExceeded(shardId, stream));

/** @param count of shards that the request would add */
export const tooManyShards = (now: number, most: number, count: number) =>
  tooMany(
    `This request would exceed the shard limit for the account ${LOCAL_ACCOUNT} in ${LOCAL_REGION}. Current shard count for the account: ${now}. Limit: ${most}. Number of additional shards that would have resulted from this request: ${count}. Refer to the AWS Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to request higher limits.`,
  );
