/** What it takes to ask the history: `npm run query` and `backtest`, Grafana and other drivers of Athena. */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import { ArnFormat, Aws, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { TRUSTED_PREFIX, TRUSTED_TABLE } from '../../services/contract/trusted.ts';
import type { Catalog } from './catalog.ts';
import { allow, allowInOwnBucket } from './parts/allow.ts';
import { ALERTS_PREFIX, QUERY_RESULTS_PREFIX, READINGS_PREFIX, REFUSED_PREFIX } from './storage.ts';

export interface AskingProps {
  lake: Bucket;
  catalog: Catalog;
}

const READ_PREFIXES = [READINGS_PREFIX, ALERTS_PREFIX, REFUSED_PREFIX, TRUSTED_PREFIX];

export function asking(scope: Construct, { lake, catalog }: AskingProps): PolicyStatement[] {
  const arn = arnIn(scope);
  const athena = (...operations: string[]) => operations.map((operation) => `athena:${operation}`);
  return [
    allow(
      'FindStack',
      ['cloudformation:DescribeStacks'],
      arn('cloudformation', 'stack', `${Aws.STACK_NAME}/*`),
    ),
    allow(
      'AskAthena',
      athena(
        ...['StartQueryExecution', 'GetQueryExecution', 'GetQueryResults', 'StopQueryExecution'],
        ...['ListNamedQueries', 'BatchGetNamedQuery', 'GetNamedQuery', 'GetWorkGroup'],
      ),
      arn('athena', 'workgroup', catalog.workGroupName),
    ),
    allow(
      'LookAtCatalog',
      athena('GetDataCatalog', 'GetDatabase', 'ListDatabases', 'GetTableMetadata', 'ListTableMetadata'),
      arn('athena', 'datacatalog', 'AwsDataCatalog'),
    ),
    allow(
      'LookAtTables',
      ['Database', 'Databases', 'Table', 'Tables', 'Partition', 'Partitions'].map(
        (what) => `glue:Get${what}`,
      ),
      ...tables(arn, catalog),
    ),
    allow('ReadLake', ['s3:GetObject'], ...READ_PREFIXES.map((prefix) => lake.arnForObjects(`${prefix}*`))),
    allowInOwnBucket(
      'KeepResults',
      ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      lake.arnForObjects(`${QUERY_RESULTS_PREFIX}*`),
    ),
    allow(
      'FindFiles',
      ['s3:GetBucketLocation', 's3:ListBucket', 's3:ListBucketMultipartUploads'],
      lake.bucketArn,
    ),
  ];
}

type Arn = (service: string, resource: string, resourceName?: string) => string;

const arnIn =
  (scope: Construct): Arn =>
  (service, resource, resourceName) =>
    Stack.of(scope).formatArn({
      ...{ service, resource, resourceName },
      ...(resourceName === undefined ? { arnFormat: ArnFormat.NO_RESOURCE_NAME } : {}),
    });

/** Athena looks at the account's `default` database as well, whatever a query names. */
function tables(arn: Arn, { database, readings, alerts, refused }: Catalog): string[] {
  const own = [readings, alerts, refused].map(({ tableName }) => tableName);
  return [
    arn('glue', 'catalog'),
    ...[database.databaseName, 'default'].map((name) => arn('glue', 'database', name)),
    ...[...own, TRUSTED_TABLE].map((table) => arn('glue', 'table', `${database.databaseName}/${table}`)),
  ];
}
