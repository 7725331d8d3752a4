/** The whole pipeline in one stack, wired in the order in which a reading travels. */
import { CfnOutput, type Environment, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ruleNameOf } from '../../services/contract/edge.ts';
import { COST_TAG, SETTINGS_METADATA } from '../../services/contract/stack.ts';
import { TRUSTED_TABLE } from '../../services/contract/trusted.ts';
import { Catalog } from './catalog.ts';
import { Lake } from './delivery.ts';
import { Detection } from './detection.ts';
import { Edge } from './edge.ts';
import { EdgeHttp } from './edge-http/edge-http.ts';
import { EdgeMqtt } from './edge-mqtt.ts';
import { ExtraFields } from './extra-fields.ts';
import { Ingest } from './ingest.ts';
import { Notifier } from './notifier.ts';
import { Operations } from './operations/operations.ts';
import { acknowledge } from './parts/acknowledge.ts';
import { People } from './people.ts';
import { chosenIn } from './settings/changes.ts';
import type { Config } from './settings/config.ts';
import { Storage } from './storage.ts';
import { Trusted } from './trusted.ts';
import { Watchdog } from './watchdog.ts';

/** What is not a setting. */
interface Surroundings {
  env?: Environment | undefined;
  /** Address of the runbooks at the git remote, where it gives one. A setting counts before it. */
  runbooks?: string | undefined;
}

export class TelemetryStack extends Stack {
  constructor(scope: Construct, id: string, config: Config, { env, runbooks }: Surroundings = {}) {
    super(scope, id, {
      // Without it, the stack fits any account and region: the command line decides.
      env,
      // Said here, or the CDK command line would switch off with each deployment what somebody has switched on by hand.
      terminationProtection: config.terminationProtection === 'on',
      // CloudFormation gives it to every resource that takes tags.
      tags: { [COST_TAG]: id },
      description: 'Streamwatch: IoT telemetry with anomaly alerts and a queryable history',
    });

    this.templateOptions.metadata = { [SETTINGS_METADATA]: chosenIn(config) };

    const unused = "CDK adds a table of Firehose's addresses, which only a destination in a VPC would use";
    acknowledge(this, unused, 'CloudFormation-Validate::W7001');
    const entry = this.enter(config);
    const { ingest, storage } = entry;
    const catalog = new Catalog(this, 'Catalog', { config, bucket: storage.lake });
    const tables = { database: catalog.database, readings: catalog.readings };
    const detection = new Detection(this, 'Detection', {
      ...{ config, stream: ingest.stream, failures: storage.failures, ...tables },
      workGroupName: catalog.workGroupName,
    });
    const watchdog = new Watchdog(this, 'Watchdog', {
      ...{ config, failures: storage.failures, ...tables, workGroupName: catalog.workGroupName },
      ...{ state: detection.state, alerts: detection.alerts, silenced: detection.silenced },
      metricsNamespace: detection.metricsNamespace,
    });
    const extra = config.extraFields === 'on' ? new ExtraFields(this, 'ExtraFields', config) : undefined;
    const lake = new Lake(this, 'Lake', {
      ...{ config, stream: ingest.stream, bucket: storage.lake, ...tables },
      ...{ alertTopic: detection.alerts, silencedTopic: detection.silenced, refusedTopic: detection.refused },
      ...{ transform: extra?.transform, alerts: catalog.alerts, refused: catalog.refused },
    });
    const notifier =
      config.channels === 'on'
        ? new Notifier(this, 'Notifier', {
            ...{ config, alerts: detection.alerts, metricsNamespace: detection.metricsNamespace },
            workGroupName: catalog.workGroupName,
          })
        : undefined;
    const trusted = new Trusted(this, 'Trusted', { config, bucket: storage.lake, ...tables });
    const parts = { ...entry, catalog, detection, watchdog, extra, lake, notifier, trusted };
    const operations = this.operate(config, parts, config.runbookUrl ?? runbooks);
    const people = new People(this, 'People', {
      ...{ lake: storage.lake, catalog, storage, detection, trusted, notifier },
      functions: [detection.detector, watchdog.function, ...(notifier ? [notifier.function] : [])],
      ...{ stream: ingest.stream.streamArn, hasUnsent: entry.edgeMqtt !== undefined },
    });
    this.output({ ...this.namesOf(parts), ...namesFor(people, operations) });
  }

  /** How readings come in, and where they are kept. */
  private enter(config: Config) {
    const ingest = new Ingest(this, 'Ingest', config);
    const { stream } = ingest;
    const ruleName = config.edgeMqtt === 'on' ? ruleNameOf(this.stackName) : undefined;
    const edge = config.edge === 'on' ? new Edge(this, 'Edge', stream, ruleName) : undefined;
    const edgeHttp =
      config.edgeHttp === 'on' ? new EdgeHttp(this, 'EdgeHttp', { config, stream }) : undefined;
    const storage = new Storage(this, 'Storage', config);
    const edgeMqtt =
      ruleName === undefined
        ? undefined
        : new EdgeMqtt(this, 'EdgeMqtt', { stream, failures: storage.failures, ruleName });
    return { ingest, edge, edgeHttp, storage, edgeMqtt };
  }

  private operate(config: Config, parts: Parts, runbooks: string | undefined): Operations {
    const { ingest, storage, edgeHttp, catalog, detection, watchdog, extra, lake, trusted } = parts;
    return new Operations(this, 'Operations', {
      ...{ config, runbooks },
      pipeline: {
        ...{ stream: ingest.stream, detector: detection.detector, watchdog: watchdog.function },
        ...{ state: detection.state, models: detection.models, alertTopic: detection.alerts },
        readingsDelivery: lake.readings.deliveryStream,
        alertsDelivery: lake.alerts.deliveryStream,
        transform: extra?.transform,
        failedBatches: storage.failedBatches,
        trustedFailures: trusted.failures,
        workGroupName: catalog.workGroupName,
        metricsNamespace: detection.metricsNamespace,
        httpApiName: edgeHttp?.apiName,
      },
    });
  }

  private namesOf({ ingest, edge, edgeHttp, storage, edgeMqtt, ...parts }: Parts): Record<string, string> {
    const { catalog, detection, notifier, trusted } = parts;
    return {
      Region: this.region,
      StreamName: ingest.stream.streamName,
      AlertTopicArn: detection.alerts.topicArn,
      RefusedTopicArn: detection.refused.topicArn,
      LakeBucketName: storage.lake.bucketName,
      FailureBucketName: storage.failures.bucketName,
      DatabaseName: catalog.database.databaseName,
      ReadingsTableName: catalog.readings.tableName,
      AlertsTableName: catalog.alerts.tableName,
      RefusedTableName: catalog.refused.tableName,
      TrustedTableName: TRUSTED_TABLE,
      WorkGroupName: catalog.workGroupName,
      MaintenanceWorkGroupName: trusted.workGroupName,
      StateTableName: detection.state.tableName,
      ModelTableName: detection.models.tableName,
      DetectorFunctionName: detection.detector.functionName,
      ...edge?.outputs,
      ...notifier?.outputs,
      ...edgeMqtt?.outputs,
      ...edgeHttp?.outputs,
      ProducerPolicyArn: ingest.producers.managedPolicyArn,
    };
  }

  /** The names that the commands need; infra/cli/outputs.ts reads them. */
  private output(values: Record<string, string>): void {
    for (const [name, value] of Object.entries(values)) new CfnOutput(this, name, { value });
  }
}

interface Parts extends ReturnType<TelemetryStack['enter']> {
  catalog: Catalog;
  detection: Detection;
  watchdog: Watchdog;
  extra: ExtraFields | undefined;
  lake: Lake;
  notifier: Notifier | undefined;
  trusted: Trusted;
}

const namesFor = ({ analyst, onCall }: People, { topic, dashboardName }: Operations) => ({
  AnalystPolicyArn: analyst.managedPolicyArn,
  OnCallPolicyArn: onCall.managedPolicyArn,
  OperationsTopicArn: topic.topicArn,
  ...(dashboardName !== undefined && { DashboardName: dashboardName }),
});
