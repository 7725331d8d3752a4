/** The table of what is usual for each device: a few items a site, each written once a period. */
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

export const createModelTable = (scope: Construct, id: string): Table =>
  new Table(scope, id, {
    partitionKey: { name: 'site_id', type: AttributeType.STRING },
    sortKey: { name: 'chunk', type: AttributeType.NUMBER },
    timeToLiveAttribute: 'expires_at',
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.AWS_MANAGED,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    // Learnt again from the readings of two days.
    removalPolicy: RemovalPolicy.DESTROY,
  });
