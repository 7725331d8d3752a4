/** The synthesized stack, running: each resource of the template given to the part that plays its service. */
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KinesisClient } from '@aws-sdk/client-kinesis';
import type { Alert } from '../../services/contract/alert.ts';
import { STACK_NAME } from '../../services/contract/stack.ts';
import { outputsFile, type StackOutputs } from '../cli/outputs.ts';
import { createAthena } from '../emulator/athena/athena.ts';
import type { EventBus } from '../emulator/base/events.ts';
import { createTables, openDynamoDb } from '../emulator/dynamodb/dynamodb.ts';
import { type Detection, openDetection } from '../emulator/event-source-mapping/mappings.ts';
import { createFaults, type Faults } from '../emulator/faults/faults.ts';
import { diskGuard, faultInterceptor } from '../emulator/faults/intercept.ts';
import { type DeliveryAccount, openDelivery } from '../emulator/firehose/firehose.ts';
import { parseTable } from '../emulator/glue/catalog.ts';
import { createStreams, openKinesis } from '../emulator/kinesis/kinesis.ts';
import { createLambdaApi } from '../emulator/lambda/api.ts';
import { createMetricSums } from '../emulator/lambda/embedded-metrics.ts';
import { createMailbox } from '../emulator/mailbox/mailbox.ts';
import { createS3 } from '../emulator/s3/s3.ts';
import { createSns } from '../emulator/sns/sns.ts';
import { parseSubscription } from '../emulator/sns/template.ts';
import { LOCAL_REGION } from '../emulator/stack/identities.ts';
import { resolveStack, type Stack } from '../emulator/stack/intrinsics.ts';
import { type ResourceRow, resourceRows } from '../emulator/stack/resources.ts';
import type { CloudAssembly } from '../emulator/stack/template.ts';
import { lockState } from '../emulator/state/state-lock.ts';
import { type CallCounts, createCallCounts } from '../emulator/wire/call-counts.ts';
import type { Gateway } from '../emulator/wire/gateway.ts';
import { openPort } from '../emulator/wire/open-port.ts';
import { jsonService, queryService } from '../emulator/wire/protocols.ts';
import { followActivity } from './activity.ts';
import { openConsole } from './console/server/open-console.ts';
import { createControl } from './control.ts';
import type { Fleet } from './session/fleet.ts';
import { localFlags, writeMeasured, writeOutputs } from './session/local-outputs.ts';
import { trustedCatalogTables } from './trusted-table.ts';

export interface RuntimeOptions {
  assembly: CloudAssembly;
  /** Streams, tables, lake, mails: all that outlives a restart. */
  stateDir: string;
  /** On 127.0.0.1; 0 for any free one. */
  port: number;
  bus: EventBus;
  version: string;
  /** Firehose's buffer interval: on AWS 60 s or more, here as short as somebody wants to wait. */
  deliverySeconds?: number;
  /** What goes wrong on purpose; the control API adds to it. */
  faults?: Faults;
  /** The fleet that runs with it, for the page. */
  fleet?: () => Fleet | undefined;
}

/** Since the start. */
export interface RuntimeCounts {
  delivery: DeliveryAccount;
  invocations: number;
  abandoned: number;
  opened: number;
  resolved: number;
  mails: number;
  /** Calls of each AWS operation, by everybody. */
  calls: Record<string, number>;
  /** Those of them that the functions made. */
  functionCalls: Record<string, number>;
}

export interface Runtime {
  endpoint: string;
  outputs: StackOutputs;
  resources: ResourceRow[];
  counts(): RuntimeCounts;
  /** Published so far, over all sessions, oldest first. */
  alerts(): Alert[];
  /**
   * Handles and delivers everything that is in the pipeline, then ends every part. Resolves with the final counts,
   * when nothing of it is left running.
   */
  close(): Promise<RuntimeCounts>;
}

/** Who gets the alerts when the template names nobody. */
const DEFAULT_SUBSCRIBER = 'you@streamwatch.local';
const DELIVERY_SECONDS = 5;

/**
 * Starts the stack of a cloud assembly.
 * @throws UserError for what the person at the keyboard can mend: a taken port or folder, an unsupported property
 */
export async function startRuntime(options: RuntimeOptions): Promise<Runtime> {
  const stateDir = resolve(options.stateDir);
  const unlock = lockState(stateDir);
  const undo: (() => unknown)[] = [unlock];
  try {
    return await start({ ...options, stateDir }, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function start(options: RuntimeOptions, undo: (() => unknown)[]): Promise<Runtime> {
  const { assembly, bus, stateDir, version, faults = createFaults() } = options;
  const stack = resolveStack(assembly.template, STACK_NAME);
  const startedAt = new Date().toISOString();
  const s3Root = join(stateDir, 's3');
  for (const bucket of ofType(stack, 'AWS::S3::Bucket'))
    mkdirSync(join(s3Root, bucket.ref), { recursive: true });

  const kinesis = openKinesis(join(stateDir, 'kinesis'));
  undo.push(() => kinesis.close());
  const dynamoDb = openDynamoDb(join(stateDir, 'dynamodb'));
  undo.push(() => dynamoDb.close());
  const mailbox = await createMailbox({ stateDir, bus });
  undo.push(() => mailbox.close());

  const calls: CallCounts = createCallCounts();
  const metrics = createMetricSums();
  const activity = followActivity(bus, Date.now);
  const tables = [
    ...ofType(stack, 'AWS::Glue::Table').map(({ properties }) => parseTable(properties)),
    ...trustedCatalogTables(stack.outputs),
  ];
  const resources = resourceRows(stack);

  const beforeWrite = diskGuard(faults);

  let gateway: Gateway;
  let detection: Detection | undefined;
  let putToFirehose: (arn: string, data: Uint8Array) => Promise<void>;
  const sns = createSns({
    topics: ofType(stack, 'AWS::SNS::Topic').map(({ ref, properties }) => ({
      arn: ref,
      name: ref.slice(ref.lastIndexOf(':') + 1),
      displayName: typeof properties.DisplayName === 'string' ? properties.DisplayName : undefined,
    })),
    subscriptions: subscriptionsOf(stack),
    mail: mailbox.send,
    putToFirehose: (arn, data) => putToFirehose(arn, data),
    stateDir,
    bus,
    endpoint: () => gateway.endpoint,
  });
  const athena = createAthena({
    tables,
    workGroups: ofType(stack, 'AWS::Athena::WorkGroup').map(({ properties }) => properties),
    namedQueries: ofType(stack, 'AWS::Athena::NamedQuery').map(({ ref, properties }) => ({
      id: ref,
      properties,
    })),
    s3Root,
    bus,
  });
  undo.push(() => athena.close());

  const page = openConsole({
    ...{ version, startedAt, stack, s3Root, bus, mailbox, sns, resources, activity, faults },
    athena: athena.handle,
    endpoint: () => gateway.endpoint,
    flags: localFlags(stateDir),
    fleet: options.fleet ?? (() => undefined),
    counts: () => {
      const { delivery, invocations, abandoned, opened, resolved, mails } = counts();
      const batchAgeMs = metrics.latest('BatchAge');
      const evaluated = metrics.sum('Readings');
      return { ...delivery, evaluated, invocations, abandoned, opened, resolved, mails, batchAgeMs };
    },
  });

  const control = createControl(faults);
  const breakOnPurpose = faultInterceptor(faults, async (how) => detection?.kill(how));
  gateway = await openPort(options.port, {
    intercept: (request, response, service) =>
      calls.intercept(request, response, (...call) =>
        page.intercept(...call, (...watched) => breakOnPurpose(...watched, service)),
      ),
    services: {
      kinesis: kinesis.handle,
      dynamodb: page.watchState(dynamoDb.handle),
      sns: queryService(sns.handle),
      athena: jsonService(athena.handle),
      lambda: createLambdaApi((name) => detection?.find(name), bus),
      s3: createS3(
        s3Root,
        ofType(stack, 'AWS::S3::Bucket').map(({ ref }) => ref),
      ),
    },
    web(request, response) {
      if (control(request, response) || page.handle(request, response)) return;
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('There is no such page here. The first one is at /\n');
    },
  });
  undo.push(() => gateway.close());

  const clientOptions = {
    endpoint: gateway.endpoint,
    region: LOCAL_REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const client = new KinesisClient(clientOptions);
  const stateClient = new DynamoDBClient(clientOptions);
  undo.push(() => client.destroy());
  await createStreams(ofType(stack, 'AWS::Kinesis::Stream'), client, bus);
  await createTables(ofType(stack, 'AWS::DynamoDB::Table'), stateClient);
  stateClient.destroy();

  const delivery = await openDelivery({
    resources: ofType(stack, 'AWS::KinesisFirehose::DeliveryStream'),
    tables,
    client,
    s3Root,
    stateDir,
    bus,
    intervalSeconds: options.deliverySeconds ?? DELIVERY_SECONDS,
    onRecord: page.observe,
    beforeWrite,
  });
  putToFirehose = delivery.put;
  sns.resume();
  undo.push(() => delivery.close());
  const detecting = await openDetection({
    functions: ofType(stack, 'AWS::Lambda::Function'),
    mappings: ofType(stack, 'AWS::Lambda::EventSourceMapping'),
    assembly,
    client,
    endpoint: gateway.endpoint,
    s3Root,
    stateDir,
    bus,
    onLog: metrics.add,
    beforeWrite,
  });
  detection = detecting;
  undo.push(() => detecting.stop());

  const outputs = await writeOutputs(stack, stateDir, gateway.endpoint);

  function counts(): RuntimeCounts {
    return {
      delivery: delivery.account(),
      invocations: activity.invocations,
      abandoned: activity.abandoned,
      opened: metrics.sum('IncidentsOpened'),
      resolved: metrics.sum('IncidentsResolved'),
      mails: mailbox.received(),
      calls: calls.all(),
      functionCalls: calls.ofFunctions(),
    };
  }

  return {
    endpoint: gateway.endpoint,
    outputs,
    resources,
    counts,
    alerts: sns.alerts,
    async close() {
      // In the data's order: nothing is ended before what it feeds on has come to rest.
      // A fault that lasted would let nothing come to rest.
      faults.clear();
      await Promise.all([detecting.drain(), delivery.drain()]);
      await detecting.stop();
      await sns.close();
      await delivery.close();
      await athena.close();
      const final = counts();
      await writeMeasured(stateDir, startedAt, final);
      client.destroy();
      page.close();
      await gateway.close();
      await mailbox.close();
      await Promise.all([kinesis.close(), dynamoDb.close()]);
      rmSync(outputsFile({ local: true, dir: stateDir }), { force: true });
      undo[0]?.();
      return final;
    },
  };
}

const ofType = (stack: Stack, type: string) => stack.resources.filter((resource) => resource.type === type);

/** The template's, and somebody to receive the alerts if it names nobody. */
function subscriptionsOf(stack: Stack) {
  const own = ofType(stack, 'AWS::SNS::Subscription').map(({ properties }) => parseSubscription(properties));
  const topicArn = stack.outputs.AlertTopicArn;
  const hasReader = own.some(
    ({ topicArn: arn, protocol }) => arn === topicArn && protocol.startsWith('email'),
  );
  if (hasReader || topicArn === undefined) return own;
  return [...own, parseSubscription({ TopicArn: topicArn, Protocol: 'email', Endpoint: DEFAULT_SUBSCRIBER })];
}
