/** The stream through which every reading enters, and the policy for its producers. */
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { Stream, StreamEncryption, StreamMode } from 'aws-cdk-lib/aws-kinesis';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { allow } from './parts/allow.ts';
import type { Config } from './settings/config.ts';

export class Ingest extends Construct {
  readonly stream: Stream;
  /** To be attached to the identities that send readings. */
  readonly producers: ManagedPolicy;

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id);
    const provisioned = config.streamMode === 'provisioned';
    this.stream = new Stream(this, 'Stream', {
      streamMode: provisioned ? StreamMode.PROVISIONED : StreamMode.ON_DEMAND,
      shardCount: provisioned ? config.shards : undefined,
      retentionPeriod: Duration.hours(config.streamRetentionHours),
      encryption: StreamEncryption.MANAGED,
      // It holds a day of readings, which are in the lake already: nothing to keep.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.producers = new ManagedPolicy(this, 'Producers', {
      description: 'Streamwatch: may write readings to the stream. For edge gateways and the simulator',
      statements: [allow('SendReadings', ['kinesis:PutRecord', 'kinesis:PutRecords'], this.stream.streamArn)],
    });
  }
}
