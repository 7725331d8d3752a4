/** What the template says about an event source mapping. Defaults and bounds are Lambda's own for Kinesis. */
import { z } from 'zod';
import { SetupError } from '../base/setup-error.ts';
import { flag } from '../stack/properties.ts';

const UNLIMITED = -1;

/** With a registered consumer, records are pushed to the mapping; without, it polls. */
const SOURCE_ARN = /^arn:[^:]+:kinesis:[^:]+:[^:]*:stream\/[^/]+(?:\/consumer\/[^/:]+:\d+)?$/;

export const mappingProperties = z.object({
  EventSourceArn: z.string().regex(SOURCE_ARN, {
    error: (issue) => `Expected the ARN of a Kinesis stream or of its consumer, got "${String(issue.input)}"`,
  }),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
  BatchSize: z.coerce.number().int().min(1).max(10_000).default(100),
  MaximumBatchingWindowInSeconds: z.coerce.number().int().min(0).max(300).default(0),
  ParallelizationFactor: z.coerce.number().int().min(1).max(10).default(1),
  BisectBatchOnFunctionError: flag.default(false),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  MaximumRetryAttempts: z.coerce.number().int().min(UNLIMITED).max(10_000).default(UNLIMITED),
  MaximumRecordAgeInSeconds: z.coerce
    .number()
    .int()
    .max(604_800)
    .refine((age) => age === UNLIMITED || age >= 60, 'Expected -1 (no limit) or 60 to 604800')
    .default(UNLIMITED),
  DestinationConfig: z
    .object({ OnFailure: z.object({ Destination: z.string().optional() }).optional() })
    .optional(),
});

/** Properties that change which records reach the function, and so must not be ignored in silence. */
const UNSUPPORTED = {
  FilterCriteria: 'Filters look at whole Kinesis records, and a packed record is not one JSON object.',
  TumblingWindowInSeconds:
    'Keep state in a table instead: a window loses its state when the stream is resharded.',
} as const;

export interface MappingConfiguration {
  streamArn: string;
  streamName: string;
  /** Undefined where the mapping polls. */
  consumerArn?: string;
  region: string;
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
  batchSize: number;
  windowMs: number;
  parallelizationFactor: number;
  bisect: boolean;
  reportBatchItemFailures: boolean;
  /** Retries of a batch after its first attempt; Infinity to retry until its records expire. */
  maxRetries: number;
  maxAgeMs: number;
  /** Bucket for records that are given up; without it they are dropped, as on AWS. */
  failureBucket?: string;
}

/**
 * From the resolved properties of an `AWS::Lambda::EventSourceMapping`.
 * @throws SetupError for a property that is not supported here
 */
export function parseMapping(resolved: unknown): MappingConfiguration {
  const parsed = mappingProperties.parse(resolved);
  for (const [name, reason] of Object.entries(UNSUPPORTED)) {
    if ((resolved as Record<string, unknown>)[name]) {
      throw new SetupError(`The event source mapping's ${name} is not run locally. ${reason}`);
    }
  }
  const unlimited = (value: number) => (value === UNLIMITED ? Number.POSITIVE_INFINITY : value);
  return {
    streamArn: parsed.EventSourceArn,
    streamName: parsed.EventSourceArn.split('/')[1] ?? '',
    consumerArn: parsed.EventSourceArn.includes('/consumer/') ? parsed.EventSourceArn : undefined,
    region: parsed.EventSourceArn.split(':')[3] ?? '',
    startingPosition: parsed.StartingPosition,
    batchSize: parsed.BatchSize,
    windowMs: parsed.MaximumBatchingWindowInSeconds * 1000,
    parallelizationFactor: parsed.ParallelizationFactor,
    bisect: parsed.BisectBatchOnFunctionError,
    reportBatchItemFailures: parsed.FunctionResponseTypes.length > 0,
    maxRetries: unlimited(parsed.MaximumRetryAttempts),
    maxAgeMs: unlimited(parsed.MaximumRecordAgeInSeconds) * 1000,
    failureBucket: bucketOf(parsed.DestinationConfig?.OnFailure?.Destination),
  };
}

function bucketOf(destination: string | undefined): string | undefined {
  if (destination === undefined) return undefined;
  const bucket = /^arn:[^:]+:s3:::([^/]+)$/.exec(destination)?.[1];
  if (bucket) return bucket;
  throw new SetupError(
    `The event source mapping's failure destination must be an S3 bucket, got "${destination}". ` +
      'SQS and SNS would get only metadata, and the records would be lost.',
  );
}
