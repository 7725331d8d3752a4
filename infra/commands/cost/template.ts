/** The parts of a synthesized template that have a price. */
import { z } from 'zod';
import { RULES_METADATA } from '../../../services/contract/stack.ts';
import { describeIssue } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';

type Architecture = 'arm64' | 'x86_64';

/** The settings that the bill depends on. */
export interface Design {
  stream:
    | { mode: 'provisioned'; shards: number; retentionHours: number }
    | { mode: 'on-demand'; retentionHours: number };
  /** Registered consumers of the stream: enhanced fan-out. */
  consumers: number;
  detector: { memoryMb: number; architecture: Architecture; traced: boolean };
  mapping: { batchSize: number; windowSeconds: number; lanesPerShard: number };
  /** What a schedule invokes; undefined where there is no such function. */
  watchdog: { memoryMb: number; architecture: Architecture; everyMinutes: number } | undefined;
  /** Whether the state table notes how far every site has come. */
  presence: boolean;
  /** Delivery of readings. */
  delivery: { bufferSeconds: number; bufferMb: number; partitioned: boolean; jq: boolean };
  /** What is kept of what is usual, where rules ask for it. */
  models: { metrics: number; periodSeconds: number };
  /** Whether Athena keeps a second copy of the readings by schedule, without repeats (docs/trusted-layer.md). */
  trusted: boolean;
  /** An alarm on an expression is billed for each of its metrics. */
  alarmMetrics: number;
  dashboards: number;
  keys: number;
  /** Metrics that are always sent, and those that are sent only now and then. */
  customMetrics: { steady: number; rare: number };
}

/** Metrics in the group `EventCount` of an event source mapping (AWS documentation, "Event source mapping metrics"). */
const EVENT_COUNT_METRICS = 6;
/** Lambda's defaults. */
const DEFAULT_MEMORY_MB = 128;
const DEFAULT_BATCH_SIZE = 100;

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).optional(),
});
const templateSchema = z.object({ Resources: z.record(z.string(), resourceSchema) });
const whole = z.coerce.number().int().min(0);

const streamSchema = z.object({
  ShardCount: whole.optional(),
  RetentionPeriodHours: whole.default(24),
  StreamModeDetails: z.object({ StreamMode: z.enum(['PROVISIONED', 'ON_DEMAND']) }).optional(),
});
const functionSchema = z.object({
  MemorySize: whole.default(DEFAULT_MEMORY_MB),
  Architectures: z.array(z.enum(['arm64', 'x86_64'])).default(['x86_64']),
  TracingConfig: z.object({ Mode: z.string() }).optional(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});
const rulesSchema = z.array(z.object({ kind: z.string().optional(), metric: z.string().optional() }));
const refSchema = z.object({ Ref: z.string() });
const attributeSchema = z.object({ 'Fn::GetAtt': z.array(z.string()) });
const mappingSchema = z.object({
  FunctionName: refSchema,
  BatchSize: whole.default(DEFAULT_BATCH_SIZE),
  MaximumBatchingWindowInSeconds: whole.default(0),
  ParallelizationFactor: whole.default(1),
  MetricsConfig: z.object({ Metrics: z.array(z.string()) }).optional(),
});
const scheduleSchema = z.object({
  ScheduleExpression: z.string(),
  Target: z.object({ Arn: attributeSchema }),
});
const deliverySchema = z.object({
  DeliveryStreamType: z.string(),
  ExtendedS3DestinationConfiguration: z.object({
    BufferingHints: z.object({ IntervalInSeconds: whole, SizeInMBs: whole }),
    DynamicPartitioningConfiguration: z.object({ Enabled: z.boolean() }).optional(),
    ProcessingConfiguration: z.object({ Processors: z.array(z.object({ Type: z.string() })) }).optional(),
  }),
});
const alarmSchema = z.object({
  Metrics: z.array(z.object({ MetricStat: z.unknown().optional() })).optional(),
});

/**
 * @param ownMetrics custom metrics that the detector's code emits, which no template shows
 * @throws UserError naming the resource
 */
export function readDesign(template: unknown, ownMetrics: Design['customMetrics']): Design {
  const resources = new Resources(template);
  const stream = resources.only('AWS::Kinesis::Stream', streamSchema);
  const mapping = resources.only('AWS::Lambda::EventSourceMapping', mappingSchema);
  const detector = resources.function(mapping.FunctionName.Ref);
  const eventCounts = mapping.MetricsConfig?.Metrics.includes('EventCount') ? EVENT_COUNT_METRICS : 0;
  return {
    stream: streamOf(stream),
    consumers: resources.all('AWS::Kinesis::StreamConsumer').length,
    detector: {
      memoryMb: detector.MemorySize,
      architecture: detector.Architectures[0] ?? 'x86_64',
      traced: detector.TracingConfig?.Mode === 'Active',
    },
    watchdog: watchdogOf(resources),
    presence: resources.all('AWS::DynamoDB::Table').some((table) => 'GlobalSecondaryIndexes' in table),
    mapping: {
      batchSize: mapping.BatchSize,
      windowSeconds: mapping.MaximumBatchingWindowInSeconds,
      lanesPerShard: mapping.ParallelizationFactor,
    },
    delivery: deliveryOf(resources),
    models: {
      metrics: learntMetrics(resources.list),
      periodSeconds: whole.parse(detector.Environment?.Variables.MODEL_PERIOD_SECONDS ?? 0),
    },
    trusted: resources.all('AWS::Scheduler::Schedule').some((schedule) => isOfAthena(schedule)),
    alarmMetrics: resources
      .all('AWS::CloudWatch::Alarm')
      .reduce<number>((sum, alarm) => sum + metricsOf(alarm), 0),
    dashboards: resources.all('AWS::CloudWatch::Dashboard').length,
    keys: resources.all('AWS::KMS::Key').length,
    customMetrics: { ...ownMetrics, steady: ownMetrics.steady + eventCounts },
  };
}

/** The template's resources, by type and by id. */
class Resources {
  readonly #byId: z.infer<typeof templateSchema>['Resources'];

  constructor(template: unknown) {
    this.#byId = templateSchema.parse(template).Resources;
  }

  get list() {
    return Object.values(this.#byId);
  }

  typeOf(id: string): string | undefined {
    return this.#byId[id]?.Type;
  }

  /** Properties of each. */
  all(type: string) {
    return this.list.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);
  }

  only<T>(type: string, schema: z.ZodType<T>, fits: (item: T) => boolean = () => true): T {
    const found = this.all(type)
      .map((properties) => parse(type, schema, properties))
      .filter(fits);
    if (found.length === 1) return found[0] as T;
    throw new UserError(`Expected one ${type} in the template, found ${found.length}`);
  }

  function(id: string) {
    return parse('AWS::Lambda::Function', functionSchema, this.#byId[id]?.Properties ?? {});
  }
}

const streamOf = ({
  StreamModeDetails,
  ShardCount = 1,
  RetentionPeriodHours: retentionHours,
}: z.infer<typeof streamSchema>): Design['stream'] =>
  StreamModeDetails?.StreamMode === 'ON_DEMAND'
    ? { mode: 'on-demand', retentionHours }
    : { mode: 'provisioned', shards: ShardCount, retentionHours };

/** The function that a schedule invokes every few minutes. */
const watchdogOf = (resources: Resources): Design['watchdog'] =>
  resources.all('AWS::Scheduler::Schedule').flatMap((schedule) => {
    const { data } = scheduleSchema.safeParse(schedule);
    const everyMinutes = Number(/^rate\((\d+) minutes?\)$/.exec(data?.ScheduleExpression ?? '')?.[1]);
    const [id = ''] = data?.Target.Arn['Fn::GetAtt'] ?? [];
    if (!(everyMinutes > 0) || resources.typeOf(id) !== 'AWS::Lambda::Function') return [];
    const { MemorySize, Architectures } = resources.function(id);
    return { memoryMb: MemorySize, architecture: Architectures[0] ?? 'x86_64', everyMinutes };
  })[0];

/** Of readings: the one that reads the stream. */
function deliveryOf(resources: Resources): Design['delivery'] {
  const { ExtendedS3DestinationConfiguration: delivery } = resources.only(
    'AWS::KinesisFirehose::DeliveryStream',
    deliverySchema,
    ({ DeliveryStreamType }) => DeliveryStreamType === 'KinesisStreamAsSource',
  );
  const { Processors = [] } = delivery.ProcessingConfiguration ?? {};
  return {
    bufferSeconds: delivery.BufferingHints.IntervalInSeconds,
    bufferMb: delivery.BufferingHints.SizeInMBs,
    partitioned: delivery.DynamicPartitioningConfiguration?.Enabled === true,
    jq: Processors.some(({ Type }) => Type === 'MetadataExtraction'),
  };
}

/** Number of metrics of which some rule wants to know what is usual. */
function learntMetrics(resources: readonly z.infer<typeof resourceSchema>[]): number {
  const rules = resources.flatMap(({ Metadata }) => rulesSchema.parse(Metadata?.[RULES_METADATA] ?? []));
  return new Set(rules.filter(({ kind }) => kind === 'unusual').map(({ metric }) => metric)).size;
}

const isOfAthena = (schedule: unknown) => JSON.stringify(schedule).includes(':athena:startQueryExecution');

/** Types that the bill counts, or that cost nothing, as a few messages a day do. */
const BILLED =
  /^AWS::(?:Kinesis::Stream(?:Consumer)?|KinesisFirehose::|Lambda::(?:Function|EventSourceMapping|EventInvokeConfig|Permission)|DynamoDB::Table|SNS::|S3::|CloudWatch::|KMS::Key|Glue::(?:Database|Table)|Athena::|Logs::|IAM::|IoT::(?:Policy|RoleAlias|TopicRule)|ApiGateway::|CDK::Metadata|Scheduler::|Events::Rule|SQS::|Budgets::)/;

/** A sentence about resources that are in the template but not in the bill. */
export function remarkOnUnpriced(template: unknown): string[] {
  const types = Object.values(templateSchema.parse(template).Resources)
    .map(({ Type }) => Type)
    .filter((type) => !BILLED.test(type));
  const names = [...new Set(types)].sort();
  return names.length > 0 ? [`Not in the bill either: what ${names.join(', ')} does.`] : [];
}

function metricsOf(alarm: unknown): number {
  const { Metrics } = parse('AWS::CloudWatch::Alarm', alarmSchema, alarm);
  return Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1;
}

function parse<T>(type: string, schema: z.ZodType<T>, properties: unknown): T {
  const result = schema.safeParse(properties);
  if (result.success) return result.data;
  throw new UserError(`${type}: ${describeIssue(result.error)}`);
}
