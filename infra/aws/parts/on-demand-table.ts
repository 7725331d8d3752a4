/** What tables have in common: paid by the request, encrypted, and deleted with the stack. */
import { BillingMode, Table, TableEncryption, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

type OnDemandTableProps = Pick<
  TableProps,
  'partitionKey' | 'sortKey' | 'timeToLiveAttribute' | 'pointInTimeRecoverySpecification'
>;

export const onDemandTable = (scope: Construct, id: string, props: OnDemandTableProps): Table =>
  new Table(scope, id, {
    ...props,
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.AWS_MANAGED,
    removalPolicy: RemovalPolicy.DESTROY,
  });
