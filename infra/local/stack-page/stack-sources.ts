/** What the page shows of a stack that somebody else runs: what can be read of it with a person's own credentials. */
import { listIncidents } from '../../cli/incidents/list.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import { readSubscribers } from '../../cli/subscribers.ts';
import { systemClock } from '../../emulator/base/clock.ts';
import type { LakeListing } from '../console/page-answers.ts';
import type { About, PageState, PageStream } from '../console/page-state.ts';
import type { RuleDesk } from '../console/rules/rule-desk.ts';
import type { ConsoleOptions } from '../console/server/console.ts';
import { createDesk } from '../console/server/desk.ts';
import { createIncidentBook } from '../console/server/incident-book.ts';
import { shortList, watchedBy } from '../console/server/incident-list.ts';
import { createModels } from '../console/server/models.ts';
import { createOver } from '../console/server/over-incidents.ts';
import { PAGE_METRICS } from '../console/server/page-data.ts';
import { createPast } from '../console/server/past-incidents.ts';
import { createTold } from '../console/server/told.ts';
import { type Abilities, createAbilities } from './abilities.ts';
import { athenaCall } from './athena-call.ts';
import { alarmsOfStack, readDeployed } from './deployed.ts';
import { createHealth } from './health.ts';
import { createLiveReader } from './live-readings.ts';
import { openClients } from './stack-clients.ts';
import { createStateLook } from './state-look.ts';

/** Athena counts requests. */
const POLL_MS = 500;
/** As long as an older template is deployed, which does not say it. */
const MODEL_PERIOD_MS = 20 * 60_000;
/** Readings reach the lake by the minute at best: charts that end now ask it no more often. */
const LAKE_KEPT_MS = 60_000;

interface StackPageOptions {
  outputs: StackOutputs;
  version: string;
  /** Flags with which a command finds the stack. */
  flags: string;
  ruleDesk: RuleDesk | undefined;
}

type Sources = Omit<ConsoleOptions, 'live' | 'parts'> & { parts(): Promise<Partial<PageState>> };

/** @returns what the console needs, and what closes its clients */
export function openStackSources({ outputs, version, flags, ruleDesk }: StackPageOptions): {
  sources: Sources;
  stream(): PageStream;
  close(): void;
} {
  const clients = openClients(outputs);
  const { ModelTableName, SentTableName, StackName = '' } = outputs;
  const tableOf = (name: string) => ({ client: clients.dynamo, name });
  const queries = {
    call: athenaCall(clients.athena),
    ...{ workGroup: outputs.WorkGroupName, database: outputs.DatabaseName, pollMs: POLL_MS },
  };
  const alarms = () => alarmsOfStack(clients.cloudformation, StackName);
  const live = createLiveReader(clients.kinesis, outputs.StreamName, systemClock);
  const abilities = createAbilities(
    { deployed: () => readDeployed(clients.cloudformation, StackName), alarms, canReadLive: live.canRead },
    Date.now,
  );
  const deployed = () => abilities.now().deployed;
  const aboutRule = watchedBy(() => deployed()?.rules ?? []);
  const state = createStateLook(() => listIncidents(tableOf(outputs.StateTableName)));
  const incidents = createIncidentBook({ alerts: () => [], state, aboutRule });
  const facts = {
    ...{ version, flags, endpoint: outputs.Endpoint ?? outputs.Region, startedAt: new Date().toISOString() },
    metrics: PAGE_METRICS,
    ...{ resources: [], stages: [], deviceCommands: [], isLive: false },
  };
  return {
    sources: {
      ...{ queries, incidents, flags, ...NOT_THERE, telemetry: live.telemetry, lakeKeptMs: LAKE_KEPT_MS },
      ...{ rulesInForce: () => deployed()?.rules ?? [], ruleDesk },
      tables: { readings: outputs.ReadingsTableName, refused: 'refused' },
      over: createOver(queries, outputs.AlertsTableName, aboutRule, Date.now),
      past: createPast(queries, outputs.AlertsTableName, aboutRule, Date.now),
      told: createTold({
        sent: () => (SentTableName === undefined ? undefined : tableOf(SentTableName)),
        subscribers: () => readSubscribers({ client: clients.sns, topicArn: outputs.AlertTopicArn }),
      }),
      desk: createDesk(() => tableOf(outputs.StateTableName)),
      model: createModels(
        () => (ModelTableName === undefined ? undefined : tableOf(ModelTableName)),
        () => deployed()?.modelPeriodMs ?? MODEL_PERIOD_MS,
        Date.now,
      ),
      elsewhere: {
        health: createHealth(clients.cloudwatch, alarms, Date.now),
        startLive: live.start,
        stopLive: live.stop,
      },
      async parts() {
        const able = await abilities.fresh();
        const { incidents: all, counts, revision } = await incidents();
        return {
          about: { ...facts, ...aboutOf(able) } satisfies About,
          ...{ incidents: shortList(all), incidentCounts: counts, incidentRevision: revision },
          liveReadings: live.state(),
        };
      },
    },
    stream: () => ({ telemetry: live.telemetry.take() }),
    close() {
      ruleDesk?.close();
      live.stop();
      clients.close();
    },
  };
}

const aboutOf = ({ deployed, hasHealth, canReadLive }: Abilities) => ({
  ...{ rules: deployed?.rules ?? [], areRulesUnknown: deployed?.rules === undefined },
  ...{ hasHealth, canReadLive },
});

/** What only the local runtime has. */
const NOT_THERE = {
  mailbox: { list: async () => [], get: async () => undefined, size: () => 0 },
  sns: { subscription: () => undefined, unsubscribe: () => false },
  alerts: () => [],
  lake: async (): Promise<LakeListing> => ({
    ...{ partitions: [], errors: [], errorFiles: 0, failures: [], failureFiles: 0, partial: false },
  }),
  fleet: () => undefined,
  edge: () => undefined,
};
