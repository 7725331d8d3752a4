/** What Athena knows about the lake: database, tables whose partitions are computed, workgroup, saved queries. */
import { CfnNamedQuery, CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import {
  Database,
  DataFormat,
  PartitionProjectionConfiguration,
  S3Table,
  S3TableStorage,
} from 'aws-cdk-lib/aws-glue';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Names, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { ALERT_COLUMNS } from '../../services/contract/alert.ts';
import {
  EXTRA_COLUMN,
  type LakeColumn,
  PARTITION_COLUMNS,
  READING_COLUMNS,
} from '../../services/contract/lake-columns.ts';
import { REFUSAL_COLUMNS } from '../../services/contract/refusal.ts';
import { LAKE_DAYS_AHEAD, LAKE_FIRST_DAY } from '../../services/contract/time.ts';
import { savedQueries } from './queries/saved-queries.ts';
import type { Config } from './settings/config.ts';
import { ALERTS_PREFIX, QUERY_RESULTS_PREFIX, READINGS_PREFIX, REFUSED_PREFIX } from './storage.ts';

/**
 * Days that exist as partitions, whether or not they hold data. The range ends a day ahead, for sites whose clock runs
 * fast: a partition outside of the range would be invisible to every query.
 */
const DAYS = PartitionProjectionConfiguration.date({
  min: LAKE_FIRST_DAY,
  max: `NOW+${LAKE_DAYS_AHEAD}DAYS`,
  format: 'yyyy-MM-dd',
});
/** `digits: 2`, because the folders are named `hour=00` to `hour=23`. */
const HOURS = PartitionProjectionConfiguration.integer({ min: 0, max: 23, digits: 2 });

interface TableDefinition {
  name: string;
  description: string;
  prefix: string;
  columns: readonly LakeColumn[];
}

interface CatalogProps {
  config: Config;
  bucket: IBucket;
}

export class Catalog extends Construct {
  readonly database: Database;
  readonly readings: S3Table;
  readonly alerts: S3Table;
  readonly refused: S3Table;
  readonly workGroupName: string;

  constructor(scope: Construct, id: string, { config, bucket }: CatalogProps) {
    super(scope, id);
    this.database = new Database(this, 'Database', {
      description: 'Streamwatch: the lake',
      // It holds descriptions, no data. And CDK names it after the stack, so a database left behind would make the
      // next deployment fail.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.readings = this.table('Readings', bucket, {
      name: 'readings',
      description: 'One row per reading, as the devices sent it',
      prefix: READINGS_PREFIX,
      columns: config.extraFields === 'on' ? [...READING_COLUMNS, EXTRA_COLUMN] : READING_COLUMNS,
    });
    this.alerts = this.table('Alerts', bucket, {
      name: 'alerts',
      description: 'One row per alert: an incident that opened, worsened or ended',
      prefix: ALERTS_PREFIX,
      columns: ALERT_COLUMNS,
    });
    this.refused = this.table('Refused', bucket, {
      name: 'refused',
      description:
        'Readings that were not evaluated, by device and reason: one row per batch of the detector',
      prefix: REFUSED_PREFIX,
      columns: REFUSAL_COLUMNS,
    });

    this.workGroupName = Names.uniqueResourceName(this, { maxLength: 128 });
    const workGroup = new CfnWorkGroup(this, 'WorkGroup', {
      // CloudFormation does not generate names for workgroups; this one is derived from the stack's.
      name: this.workGroupName,
      description: 'Streamwatch: queries on the lake',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: config.queryScanLimitMb * 1_000_000,
        resultConfiguration: {
          outputLocation: bucket.s3UrlForObject(QUERY_RESULTS_PREFIX),
          encryptionConfiguration: { encryptionOption: 'SSE_S3' },
        },
      },
    });
    const tables = {
      database: this.database.databaseName,
      readings: this.readings.tableName,
      alerts: this.alerts.tableName,
      refused: this.refused.tableName,
    };
    for (const query of savedQueries(tables)) {
      const named = new CfnNamedQuery(this, `Query-${query.name}`, {
        name: query.name,
        description: query.description,
        database: this.database.databaseName,
        queryString: query.sql,
        workGroup: this.workGroupName,
      });
      named.addResourceDependency(workGroup);
    }
  }

  private table(id: string, bucket: IBucket, table: TableDefinition): S3Table {
    return new S3Table(this, id, {
      // Not generated, because people type it; within this stack's own database it cannot collide.
      tableName: table.name,
      description: table.description,
      database: this.database,
      storage: S3TableStorage.fromBucket(bucket),
      s3Prefix: table.prefix,
      dataFormat: DataFormat.PARQUET,
      columns: glueColumns(table.columns),
      partitionKeys: glueColumns(PARTITION_COLUMNS),
      partitionProjection: { dt: DAYS, hour: HOURS },
      parameters: {
        'storage.location.template': `${bucket.s3UrlForObject(table.prefix)}dt=\${dt}/hour=\${hour}/`,
      },
      // This flag is about client-side encryption; the bucket encrypts on its own.
      hasEncryptedData: false,
    });
  }
}

const glueColumns = (columns: readonly LakeColumn[]) =>
  columns.map(({ name, type, comment }) => ({
    name,
    comment,
    type: { inputString: type, isPrimitive: true },
  }));
