/** The pipeline's stages, derived from the template's resources, for the page to draw. */
import { z } from 'zod';
import { parseRules, type Rule } from '../../../../services/contract/rule.ts';
import { RULES_METADATA } from '../../../../services/contract/stack.ts';
import { mappingProperties } from '../../../emulator/event-source-mapping/configuration.ts';
import { sourceProperties } from '../../../emulator/firehose/properties.ts';
import { functionProperties } from '../../../emulator/lambda/configuration.ts';
import { subscriptionProperties } from '../../../emulator/sns/template.ts';
import type { Stack, StackResource } from '../../../emulator/stack/intrinsics.ts';
import type { About, Stage, StageRole } from '../page-state.ts';

export type Pipeline = Pick<About, 'stages' | 'rules'>;

const deliverySchema = sourceProperties.extend({
  ExtendedS3DestinationConfiguration: z
    .object({
      BucketARN: z.string(),
      BufferingHints: z.object({ IntervalInSeconds: z.number(), SizeInMBs: z.number() }).optional(),
    })
    .optional(),
});
const mappingSchema = mappingProperties
  .pick({ EventSourceArn: true, BatchSize: true, MaximumRetryAttempts: true, DestinationConfig: true })
  .extend({ FunctionName: z.string() });
const functionSchema = functionProperties.pick({ MemorySize: true, Timeout: true, Environment: true });

/** Follows the data through the template, from the first stream on. Stages that are missing are left out. */
export function pipelineOf({ resources }: Stack): Pipeline {
  const ofType = (type: string) => resources.filter((resource) => resource.type === type);
  const named = (type: string, name: unknown) =>
    ofType(type).find(({ ref, arn }) => ref === name || arn === name);
  const stages: Stage[] = [];
  const add = (role: StageRole, resource: StackResource | undefined, ...settings: (string | false)[]) => {
    if (!resource) return;
    const { logicalId: id, type } = resource;
    stages.push({ role, id, type, settings: settings.filter((text) => text !== false) });
  };

  const stream = ofType('AWS::Kinesis::Stream')[0];
  add('stream', stream, streamMode(stream));
  const deliveries = ofType('AWS::KinesisFirehose::DeliveryStream').map((resource) => ({
    resource,
    ...deliverySchema.parse(resource.properties),
  }));
  const toLake = deliveries.find(
    ({ KinesisStreamSourceConfiguration: source }) => source?.KinesisStreamARN === stream?.arn,
  );
  add('delivery', toLake?.resource, bufferOf(toLake?.ExtendedS3DestinationConfiguration));
  add('lake', named('AWS::S3::Bucket', toLake?.ExtendedS3DestinationConfiguration?.BucketARN));
  add('catalog', ofType('AWS::Athena::WorkGroup')[0]);

  const mapping = ofType('AWS::Lambda::EventSourceMapping')
    .map(({ properties }) => mappingSchema.parse(properties))
    .find(({ EventSourceArn }) => EventSourceArn === stream?.arn);
  const detector = named('AWS::Lambda::Function', mapping?.FunctionName);
  const { MemorySize, Timeout, Environment } = functionSchema.parse(detector?.properties ?? {});
  add(
    'detector',
    detector,
    mapping !== undefined && `up to ${mapping.BatchSize} records a batch`,
    mapping !== undefined && mapping.MaximumRetryAttempts >= 0 && `${mapping.MaximumRetryAttempts} retries`,
    `${MemorySize} MB, ${Timeout} s`,
  );
  const variables = Object.values(Environment?.Variables ?? {});
  const used = (type: string) => ofType(type).find(({ ref }) => variables.includes(ref));
  add('state', used('AWS::DynamoDB::Table'));
  const topic = used('AWS::SNS::Topic');
  add('topic', topic);
  add('failures', named('AWS::S3::Bucket', mapping?.DestinationConfig?.OnFailure?.Destination));
  const recorded = ofType('AWS::SNS::Subscription')
    .map(({ properties }) => subscriptionProperties.safeParse(properties).data)
    .find((one) => one?.TopicArn === topic?.ref && one?.Protocol === 'firehose');
  add('alerts-delivery', named('AWS::KinesisFirehose::DeliveryStream', recorded?.Endpoint));

  return { stages, rules: rulesOf(detector) };
}

/** The detector's rules, from the template's metadata; none where it has none. */
function rulesOf(detector: StackResource | undefined): Rule[] {
  const rules = detector?.metadata[RULES_METADATA];
  return rules === undefined ? [] : parseRules({ rules }, `Metadata of ${detector?.logicalId}`);
}

function streamMode(stream: StackResource | undefined): string | false {
  const { ShardCount, StreamModeDetails } = stream?.properties ?? {};
  if (typeof ShardCount === 'number') return ShardCount === 1 ? '1 shard' : `${ShardCount} shards`;
  return JSON.stringify(StreamModeDetails ?? '').includes('ON_DEMAND') && 'on demand';
}

function bufferOf(
  destination: z.infer<typeof deliverySchema>['ExtendedS3DestinationConfiguration'],
): string | false {
  const hints = destination?.BufferingHints;
  return hints !== undefined && `on AWS: every ${hints.IntervalInSeconds} s or ${hints.SizeInMBs} MB`;
}
