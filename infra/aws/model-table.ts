/**
 * The table of what is usual for each device: a few items a site, each written once a period. Without it, that is learnt
 * again from the readings of two days.
 */
import { AttributeType, type Table } from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { onDemandTable } from './parts/on-demand-table.ts';

export const createModelTable = (scope: Construct, id: string): Table =>
  onDemandTable(scope, id, {
    partitionKey: { name: 'site_id', type: AttributeType.STRING },
    sortKey: { name: 'chunk', type: AttributeType.NUMBER },
    timeToLiveAttribute: 'expires_at',
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
  });
