/** What `npm start` runs: the synthesized stack in the emulator, the page, the control API and the counts. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Verdict } from '../../services/contract/advice.ts';
import type { Alert } from '../../services/contract/alert.ts';
import { LOCAL_FLAGS_VARIABLE } from '../../services/contract/look.ts';
import { STACK_NAME } from '../../services/contract/stack.ts';
import { outputsFile, type StackOutputs } from '../cli/outputs.ts';
import { programAt } from '../cli/run/program-at.ts';
import { apigateway } from '../emulator/apigateway/service.ts';
import { athena } from '../emulator/athena/service.ts';
import type { EventBus } from '../emulator/base/events.ts';
import type { AlarmStatus } from '../emulator/cloudwatch/alarms.ts';
import { cloudwatch } from '../emulator/cloudwatch/service.ts';
import { openEmulator } from '../emulator/emulator.ts';
import { createFaults, type Faults } from '../emulator/faults/faults.ts';
import { type DeliveryAccount, firehose } from '../emulator/firehose/service.ts';
import { type Iam, iam } from '../emulator/iam/service.ts';
import { iot } from '../emulator/iot/service.ts';
import { createHealthMetrics } from '../emulator/lambda/health-metrics.ts';
import type { NodeChoice } from '../emulator/lambda/node-choice.ts';
import { lambda } from '../emulator/lambda/service.ts';
import { mailbox } from '../emulator/mailbox/service.ts';
import type { ResourceRow } from '../emulator/registry.ts';
import { resourceRows } from '../emulator/registry.ts';
import { s3 } from '../emulator/s3/service.ts';
import { sns } from '../emulator/sns/service.ts';
import type { CloudAssembly } from '../emulator/stack/template.ts';
import { callOperation } from '../emulator/wire/json-operation.ts';
import { followActivity } from './activity.ts';
import { createAlertLog } from './alert-log.ts';
import type { RunDeviceCommand } from './console/device-commands.ts';
import type { Edge } from './console/edge.ts';
import type { Fleet } from './console/fleet.ts';
import type { RuleDesk } from './console/rules/rule-desk.ts';
import { openConsole } from './console/server/open-console.ts';
import { createWatchers } from './console/server/watchers.ts';
import { createControl } from './control.ts';
import { createHooks } from './hooks.ts';
import { installedNodes } from './installed-nodes.ts';
import { localFlags, writeMeasured, writeOutputs } from './local-outputs.ts';
import { localResources } from './local-resources.ts';
import { asUserError } from './setup-errors.ts';

interface RuntimeOptions {
  assembly: CloudAssembly;
  /** That of the assembly; by default the stack without an environment. */
  stackName?: string;
  /** Folder for everything that survives a restart: streams, tables, lake, mails. */
  stateDir: string;
  /** On 127.0.0.1; 0 for any free one. */
  port: number;
  bus: EventBus;
  version: string;
  /** Buffer interval of the delivery streams, which may be shorter here than AWS allows. */
  deliverySeconds?: number;
  /** The control API adds to them. */
  faults?: Faults;
  /** Whether the stream's shards throttle; true, as on AWS, unless told otherwise. */
  shardLimits?: boolean;
  /** The session's fleet, for the page. */
  fleet?: () => Fleet | undefined;
  /** The session's sites with gateways, for the page. */
  edge?: () => Edge | undefined;
  /** Runs a command about a device, for the page. */
  deviceCommand?: RunDeviceCommand;
  /** Edits and tries rules, for the page. */
  ruleDesk?: RuleDesk | undefined;
}

export interface RuntimeCounts {
  delivery: DeliveryAccount;
  invocations: number;
  abandoned: number;
  opened: number;
  resolved: number;
  mails: number;
  /** Readings that were not evaluated, by verdict, as the detector reported them. */
  notEvaluated?: Partial<Record<Verdict, number>>;
  /** What is lost for good, each with its number. */
  losses: string[];
  /** What IAM has denied to the functions, streams and schedules of the template, each with how often. */
  denials: string[];
  /** Number of calls of each AWS operation. */
  calls: Record<string, number>;
  /** Only the calls that functions made. */
  functionCalls: Record<string, number>;
}

export interface Runtime {
  endpoint: string;
  /** Host and port of AWS IoT's credentials provider; undefined where the template has none. */
  credentialsEndpoint: string | undefined;
  outputs: StackOutputs;
  resources: ResourceRow[];
  /** For each runtime of the functions, the Node.js that runs it here. */
  nodes: Map<string, NodeChoice>;
  counts(): RuntimeCounts;
  /** The state of each alarm of the template. */
  alarms(): AlarmStatus[];
  /** Published so far, over all sessions, oldest first. */
  alerts(): Alert[];
  /** Processes and delivers everything in the pipeline, then ends every part. Resolves with the final counts. */
  close(): Promise<RuntimeCounts>;
}

const PROJECT = resolve(import.meta.dirname, '../..');
const DELIVERY_SECONDS = 5;
const NO_PAGE = 'There is no such page here. The first one is at /\n';

/** @throws UserError for an error that a person can fix: a port or folder in use, an unsupported property */
export const startRuntime = (options: RuntimeOptions): Promise<Runtime> => asUserError(() => start(options));

async function start(options: RuntimeOptions): Promise<Runtime> {
  const { assembly, stackName = STACK_NAME, port, bus, version, faults = createFaults() } = options;
  const { fleet = () => undefined, edge = () => undefined } = options;
  const stateDir = resolve(options.stateDir);
  const startedAt = new Date().toISOString();
  const alertLog = createAlertLog(join(stateDir, 'alerts.ndjson'), undefined, bus);
  const healthMetrics = createHealthMetrics();
  const activity = followActivity(bus, Date.now);
  const watchers = createWatchers(bus, faults);
  bus.on('message', alertLog.append);
  bus.on('log', healthMetrics.add);

  const emulator = await openEmulator({
    ...{ assembly, stateDir, port, bus, faults, stackName },
    // What mails say to type must work as it is.
    functionVariables: { [LOCAL_FLAGS_VARIABLE]: localFlags(stateDir) },
    ...{ shardLimits: options.shardLimits, nodes: installedNodes() },
    queryProgram: programAt(PROJECT, 'infra/emulator/athena/query-process.ts'),
    resources: (stack) => localResources(stack, options.deliverySeconds ?? DELIVERY_SECONDS),
    intercept: watchers.vitals.intercept,
    watch: watchers.watch,
  });
  const { endpoint, stack, calls } = emulator;
  // Damage to it is said now, not when somebody first looks.
  alertLog.list();

  const counts = (): RuntimeCounts => ({
    delivery: emulator.of(firehose).account(),
    invocations: activity.invocations,
    abandoned: activity.abandoned,
    opened: healthMetrics.sum('IncidentsOpened'),
    resolved: healthMetrics.sum('IncidentsResolved'),
    mails: emulator.of(mailbox).received(),
    notEvaluated: activity.notEvaluated.counts(),
    losses: activity.losses,
    denials: stackDenials(emulator.of(iam)),
    calls: calls.all(),
    functionCalls: calls.ofFunctions(),
  });

  const resources = resourceRows(stack);
  const page = openConsole({
    ...{ version, startedAt, stack, bus, resources, activity, faults, fleet, edge, watchers },
    deviceCommand: options.deviceCommand,
    ruleDesk: options.ruleDesk,
    ...{ mailbox: emulator.of(mailbox), sns: emulator.of(sns) },
    athena: (operation, request) => callOperation(emulator.of(athena).api, operation, request),
    s3Root: emulator.of(s3).root,
    alerts: alertLog.list,
    endpoint: () => endpoint,
    flags: localFlags(stateDir),
    counts: () => {
      const { delivery, invocations, abandoned, opened, resolved, mails, denials } = counts();
      const batchAgeMs = healthMetrics.latest('BatchAge');
      const evaluated = healthMetrics.sum('Readings');
      const denied = denials.length;
      return { ...delivery, evaluated, invocations, abandoned, opened, resolved, mails, batchAgeMs, denied };
    },
  });
  const control = createControl(faults);
  const hooks = createHooks(bus, Date.now);
  emulator.serve((request, response) => {
    if (control(request, response) || hooks(request, response) || page.handle(request, response)) return;
    response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end(NO_PAGE);
  });

  return {
    credentialsEndpoint: emulator.of(iot).credentialsEndpoint,
    nodes: emulator.of(lambda).nodes(),
    ...{ endpoint, resources, counts, alerts: alertLog.list, alarms: emulator.of(cloudwatch).alarms },
    outputs: await writeOutputs(stack, stateDir, endpoint, emulator.of(apigateway).endpoints),
    async close() {
      await emulator.settle();
      const final = counts();
      await writeMeasured(stateDir, startedAt, final);
      page.close();
      rmSync(outputsFile({ local: true, dir: stateDir }), { force: true });
      await emulator.close();
      return final;
    },
  };
}

const stackDenials = ({ denials }: Iam): string[] =>
  denials().flatMap(({ ofStack, who, action, resource, times }) =>
    ofStack ? `${who}: ${action} on ${resource} (${times} ×)` : [],
  );
