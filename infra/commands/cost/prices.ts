/**
 * List prices in USD, us-east-1, without free tiers and discounts. AWS' price pages could not be read when this was
 * written: check what matters to you before you rely on it.
 */

/**
 * `documented`: in AWS' own documentation or pricing page. `secondary`: in several independent places.
 * `recalled`: from memory.
 */
export type Confidence = 'documented' | 'secondary' | 'recalled';

export interface Price {
  /** Of one unit. */
  usd: number;
  /** The unit. */
  unit: string;
  confidence: Confidence;
  /** Units a month that are always free in every account; the bill ignores them. */
  free: number;
}

export const PRICES_AS_OF = '2026-11';
/** The only region with prices. */
export const PRICED_REGION = 'us-east-1';

const price = (usd: number, unit: string, confidence: Confidence = 'secondary', free = 0): Price => ({
  usd,
  unit,
  confidence,
  free,
});

export const PRICES = {
  shardHour: price(0.015, 'shard-hour'),
  putUnit: price(0.014e-6, '25 KB PUT unit'),
  extendedRetention: price(0.02, 'shard-hour beyond 24 h of retention', 'recalled'),
  consumerShardHour: price(0.015, 'shard-hour of a consumer'),
  consumerOut: price(0.013, 'GB pushed to a consumer'),
  onDemandStreamHour: price(0.04, 'stream-hour'),
  onDemandIn: price(0.08, 'GB in, records rounded up to 1 KB'),
  onDemandOut: price(0.04, 'GB out'),
  onDemandConsumerOut: price(0.05, 'GB pushed to a consumer'),
  onDemandRetention: price(0.1, 'GB-month beyond 24 h of retention', 'recalled'),

  formatConversion: price(0.018, 'GB, records rounded up to 5 KB'),
  // The price page bills conversion "by GBs ingested", and this "per GB delivered to S3": the Parquet.
  partitionedGb: price(0.02, 'GB delivered to S3'),
  partitionedObject: price(0.005e-3, 'object partitioned'),
  jqHour: price(0.07, 'hour of jq'),

  lambdaRequest: price(0.2e-6, 'invocation', 'secondary', 1_000_000),
  lambdaArmGbSecond: price(0.0000133334, 'GB-second (arm64)', 'secondary', 400_000),
  lambdaX86GbSecond: price(0.0000166667, 'GB-second (x86)', 'secondary', 400_000),
  trace: price(5e-6, 'trace recorded', 'documented', 100_000),

  scheduled: price(1e-6, 'invocation by a schedule', 'secondary', 14_000_000),

  readUnit: price(0.125e-6, 'read unit'),
  writeUnit: price(0.625e-6, 'write unit'),

  publish: price(0.5e-6, 'message published', 'secondary', 1_000_000),
  email: price(2e-5, 'e-mail', 'secondary', 1000),

  s3Put: price(0.005e-3, 'PUT'),
  scannedGb: price(5 / 1024, 'GB scanned'),
  s3GbMonth: price(0.023, 'GB-month'),

  alarmMetric: price(0.1, 'metric of an alarm', 'secondary', 10),
  dashboard: price(3, 'dashboard', 'secondary', 3),
  customMetric: price(0.3, 'custom metric', 'recalled', 10),
  logGb: price(0.5, 'GB of logs', 'secondary', 5),
  key: price(1, 'customer key'),

  iotRule: price(0.15e-6, 'rule run, per 5 KB', 'recalled'),
  iotAction: price(0.15e-6, 'action of a rule, per 5 KB', 'recalled'),
  iotConnectionMinute: price(0.08e-6, 'minute of a connection'),
} as const satisfies Record<string, Price>;

/** Each price applies up to a quantity a month. */
type Tiers = readonly { upTo: number; usd: number }[];

/** Firehose's ingestion per GB, records rounded up to 5 KB. */
export const FIREHOSE_TIERS: Tiers = [
  { upTo: 500_000, usd: 0.029 },
  { upTo: 2_000_000, usd: 0.025 },
  { upTo: Number.POSITIVE_INFINITY, usd: 0.02 },
];

/** Requests of a REST API of API Gateway. */
export const API_TIERS: Tiers = [
  { upTo: 333e6, usd: 3.5e-6 },
  { upTo: 1000e6, usd: 2.8e-6 },
  { upTo: 20_000e6, usd: 2.38e-6 },
  { upTo: Number.POSITIVE_INFINITY, usd: 1.51e-6 },
];

export const tiered = (quantity: number, tiers: Tiers): number =>
  tiers.reduce((sum, { upTo, usd }, i) => {
    const from = tiers[i - 1]?.upTo ?? 0;
    return sum + Math.max(0, Math.min(quantity, upTo) - from) * usd;
  }, 0);
