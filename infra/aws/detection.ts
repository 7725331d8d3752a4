/** From readings to alerts: the detector, its event source, its state table, and the topic for its alerts. */
import { AttributeType, ProjectionType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Database, S3Table } from 'aws-cdk-lib/aws-glue';
import type { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type Stream, StreamConsumer } from 'aws-cdk-lib/aws-kinesis';
import { Alias } from 'aws-cdk-lib/aws-kms';
import {
  type CfnEventSourceMapping,
  type CfnFunction,
  EventSourceMapping,
  StartingPosition,
} from 'aws-cdk-lib/aws-lambda';
import type { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { PRESENCE_INDEX } from '../../services/contract/presence.ts';
import { RULES_METADATA } from '../../services/contract/stack.ts';
import { createModelTable } from './model-table.ts';
import { acknowledge, acknowledgeObjects } from './parts/acknowledge.ts';
import { allow, allowInOwnBucket } from './parts/allow.ts';
import { leastFunction } from './parts/least-function.ts';
import { inProject } from './parts/node-function.ts';
import { onDemandTable } from './parts/on-demand-table.ts';
import { subscribeEmails } from './parts/subscribe-emails.ts';
import { acknowledgeTracing } from './parts/tracing.ts';
import { whereaboutsEnvironment } from './parts/whereabouts.ts';
import { checkRules } from './rules.ts';
import type { Config } from './settings/config.ts';
import { FAILED_BATCHES_PREFIX, SET_ASIDE_PREFIX } from './storage.ts';

const RULES_FILE = 'services/detector/rules.json';
/** A table's items: read a partition, write one, and new ones of several sites together. */
const REMEMBER = ['dynamodb:Query', 'dynamodb:PutItem', 'dynamodb:PartiQLInsert'];

interface DetectionProps {
  config: Config;
  stream: Stream;
  failures: Bucket;
  database: Database;
  readings: S3Table;
  /** Athena's. */
  workGroupName: string;
}

export class Detection extends Construct {
  readonly alerts: Topic;
  /** Alerts that a silence keeps from people, for the lake. */
  readonly silenced: Topic;
  /** What was not evaluated, for the lake and for those who look after the devices. */
  readonly refused: Topic;
  readonly state: Table;
  /** What is usual for each device. */
  readonly models: Table;
  readonly detector: NodejsFunction;
  /** CloudWatch namespace of the detector's own metrics: the stack's name, so that two stacks stay separate. */
  readonly metricsNamespace = Stack.of(this).stackName;

  /** @throws RulesError when the rules that would be deployed are not valid */
  constructor(scope: Construct, id: string, props: DetectionProps) {
    super(scope, id);
    const { config } = props;
    const rules = checkRules(inProject(RULES_FILE), RULES_FILE);

    // The next readings open the incidents again, so losing the table loses no history.
    this.state = onDemandTable(this, 'State', {
      partitionKey: { name: 'site_id', type: AttributeType.STRING },
      sortKey: { name: 'device_rule', type: AttributeType.STRING },
      timeToLiveAttribute: 'expires_at',
      // Costs cents for a table this small, and answers "what state did the detector see at 03:12?".
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    });
    this.state.addGlobalSecondaryIndex({
      indexName: PRESENCE_INDEX.name,
      partitionKey: { name: PRESENCE_INDEX.partitionKey, type: AttributeType.STRING },
      sortKey: { name: PRESENCE_INDEX.sortKey, type: AttributeType.STRING },
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...PRESENCE_INDEX.projected],
    });

    this.models = createModelTable(this, 'Models');

    // AWS' own key is enough: only the detector's role publishes here, and no AWS service does.
    const masterKey = Alias.fromAliasName(this, 'SnsKey', 'alias/aws/sns');
    this.alerts = new Topic(this, 'Alerts', {
      displayName: Stack.of(this).stackName,
      enforceSSL: true,
      masterKey,
    });
    this.silenced = new Topic(this, 'Silenced', {
      displayName: `${Stack.of(this).stackName} silenced alerts`,
      enforceSSL: true,
      masterKey,
    });
    this.refused = new Topic(this, 'Refused', {
      displayName: `${Stack.of(this).stackName} readings`,
      enforceSSL: true,
      masterKey,
    });
    subscribeEmails(this.alerts, config.alertEmail);

    const consumer = this.createConsumer(props);
    const { function: detector, permissions } = this.createDetector(props, consumer);
    this.detector = detector;
    // For readers of the template: the bundle has the rules too, but minified.
    (this.detector.node.defaultChild as CfnFunction).addMetadata(RULES_METADATA, rules);
    this.acknowledge(permissions, props);

    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: this.detector,
      eventSourceArn: consumer?.streamConsumerArn ?? props.stream.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: config.batchSize,
      maxBatchingWindow: Duration.seconds(config.batchWindowSeconds),
      parallelizationFactor: config.parallelizationFactor,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: config.maxRetries,
      supportS3OnFailureDestination: true,
      // CDK's S3OnFailureDestination would also let the function read and delete objects there.
      onFailure: { bind: () => ({ destination: props.failures.bucketArn }) },
    });
    // CDK knows no word for "no limit": the stream's retention is the limit then.
    (mapping.node.defaultChild as CfnEventSourceMapping).maximumRecordAgeInSeconds =
      config.maxRecordAgeSeconds === 0 ? -1 : config.maxRecordAgeSeconds;
    // Lambda tests the role when it creates the mapping, too.
    mapping.node.addDependency(permissions);
  }

  /** Undefined where the mapping polls the stream. */
  private createConsumer({ config, stream }: DetectionProps): StreamConsumer | undefined {
    if (config.enhancedFanOut === 'off') return undefined;
    return new StreamConsumer(this, 'Consumer', { stream, streamConsumerName: 'detector' });
  }

  /** Everything that the detector's code, and Lambda on its behalf, may do. */
  private permissions({ stream, failures }: DetectionProps): PolicyStatement[] {
    return [
      allow(
        'ReadStream',
        [
          ...['kinesis:DescribeStream', 'kinesis:DescribeStreamSummary', 'kinesis:GetRecords'],
          ...['kinesis:GetShardIterator', 'kinesis:ListShards'],
        ],
        stream.streamArn,
      ),
      allow('RememberIncidents', REMEMBER, this.state.tableArn),
      allow('RememberModels', REMEMBER, this.models.tableArn),
      allow(
        'PublishAlerts',
        ['sns:Publish'],
        ...[this.alerts, this.silenced, this.refused].map(({ topicArn }) => topicArn),
      ),
      allowInOwnBucket(
        'KeepFailedBatches',
        ['s3:PutObject'],
        failures.arnForObjects(`${FAILED_BATCHES_PREFIX}*`),
      ),
      allowInOwnBucket('SetAside', ['s3:PutObject'], failures.arnForObjects(`${SET_ASIDE_PREFIX}*`)),
      allowInOwnBucket('FindFailureBucket', ['s3:ListBucket'], failures.bucketArn),
    ];
  }

  /** Findings of cdk-nag that are intended. */
  private acknowledge(permissions: Policy, { config, failures }: DetectionProps): void {
    const ofBatches = 'Lambda names the objects after mapping, shard and time';
    acknowledgeObjects(permissions, failures, ofBatches, FAILED_BATCHES_PREFIX);
    const setAside = 'The detector names the objects after shard, sequence number and site';
    acknowledgeObjects(permissions, failures, setAside, SET_ASIDE_PREFIX);
    acknowledgeTracing(config, 'the detector', this.detector, permissions);
    acknowledge(
      this.detector,
      'Invoked by an event source mapping only, which has a failure destination; a DLQ is for asynchronous calls',
      'Serverless-LambdaDLQ',
    );
  }

  private createDetector(props: DetectionProps, consumer: StreamConsumer | undefined) {
    const { config, database, failures, readings, workGroupName } = props;
    return leastFunction(this, 'Detector', {
      ...{ config, prefix: 'Detector', metricsNamespace: this.metricsNamespace },
      roleDescription: 'Streamwatch detector: reads the stream, remembers incidents, publishes alerts',
      statements: [...this.permissions(props), ...subscribing(consumer)],
      description: 'Applies the rules to readings, and publishes an alert per change of an incident',
      entry: 'services/detector/handler.ts',
      memorySize: config.detectorMemoryMb,
      timeout: Duration.seconds(config.detectorTimeoutSeconds),
      environment: {
        STATE_TABLE_NAME: this.state.tableName,
        MODEL_TABLE_NAME: this.models.tableName,
        MODEL_PERIOD_SECONDS: String(config.modelPeriodMinutes * 60),
        ALERT_TOPIC_ARN: this.alerts.topicArn,
        SILENCED_TOPIC_ARN: this.silenced.topicArn,
        REFUSED_TOPIC_ARN: this.refused.topicArn,
        FAILURE_BUCKET_NAME: failures.bucketName,
        ATHENA_DATABASE: database.databaseName,
        READINGS_TABLE: readings.tableName,
        ...whereaboutsEnvironment(this, config, workGroupName),
        BATCH_SIZE: String(config.batchSize),
      },
    });
  }
}

const subscribing = (consumer: StreamConsumer | undefined): PolicyStatement[] =>
  consumer === undefined
    ? []
    : [
        allow(
          'Subscribe',
          ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'],
          consumer.streamConsumerArn,
        ),
      ];
