/** What the page shows of a stack that somebody else runs: what can be read of it with a person's own credentials. */
import { AthenaClient } from '@aws-sdk/client-athena';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { metricOf, type Rule } from '../../../services/contract/rule.ts';
import { clientOptions } from '../../cli/client-options.ts';
import { listIncidents } from '../../cli/incidents/list.ts';
import type { OpenIncident } from '../../cli/incidents/open-incident.ts';
import type { StackOutputs } from '../../cli/outputs.ts';
import type { LakeListing } from '../console/page-answers.ts';
import type { HistoryHeader, PageState } from '../console/page-state.ts';
import type { RuleDesk } from '../console/rules/rule-desk.ts';
import type { ConsoleOptions } from '../console/server/console.ts';
import { createDesk } from '../console/server/desk.ts';
import { createIncidentBook } from '../console/server/incident-book.ts';
import { shortList } from '../console/server/incident-list.ts';
import { createModels } from '../console/server/models.ts';
import { PAGE_METRICS } from '../console/server/page-data.ts';
import { createPast } from '../console/server/past-incidents.ts';
import type { WatchedItem, WatchedTable } from '../console/server/state-watch.ts';
import { athenaCall } from './athena-call.ts';

/** Every look reads the state table. */
const LOOK_MS = 10_000;
/** Athena counts requests. */
const POLL_MS = 500;
const MODEL_PERIOD_MS = 20 * 60_000;

export interface StackPageOptions {
  outputs: StackOutputs;
  version: string;
  /** Flags with which a command finds the stack. */
  flags: string;
  rules: Rule[];
  ruleDesk: RuleDesk | undefined;
}

type Sources = Omit<ConsoleOptions, 'live' | 'parts'> & { parts(): Promise<Partial<PageState>> };

/** @returns what the console needs, and what closes its clients */
export function openStackSources({ outputs, version, flags, rules, ruleDesk }: StackPageOptions): {
  sources: Sources;
  close(): void;
} {
  const client = new DynamoDBClient(clientOptions(outputs));
  const athena = new AthenaClient(clientOptions(outputs));
  const tableOf = (name: string) => ({ client, name });
  const queries = {
    call: athenaCall(athena),
    ...{ workGroup: outputs.WorkGroupName, database: outputs.DatabaseName, pollMs: POLL_MS },
  };
  const aboutRule = (name: string) => {
    const rule = rules.find((one) => one.name === name);
    return rule ? { kind: rule.kind, metric: metricOf(rule) ?? undefined } : {};
  };
  const state = createStateLook(() => listIncidents(tableOf(outputs.StateTableName)));
  const incidents = createIncidentBook({ alerts: () => [], state, aboutRule });
  const { ModelTableName } = outputs;
  const startedAt = new Date().toISOString();
  return {
    sources: {
      ...{ queries, incidents, flags, rulesInForce: () => rules, ruleDesk, ...NOT_THERE },
      tables: { readings: outputs.ReadingsTableName, refused: 'refused' },
      past: createPast(queries, outputs.AlertsTableName, aboutRule, Date.now),
      desk: createDesk(() => tableOf(outputs.StateTableName)),
      model: createModels(
        () => (ModelTableName === undefined ? undefined : tableOf(ModelTableName)),
        MODEL_PERIOD_MS,
        Date.now,
      ),
      async parts() {
        const { incidents: all, counts, revision } = await incidents();
        const endpoint = outputs.Endpoint ?? outputs.Region;
        return {
          about: {
            ...{ version, endpoint, startedAt, flags, rules, metrics: PAGE_METRICS },
            ...{ resources: [], stages: [], deviceCommands: [], isLive: false },
          },
          ...{ incidents: shortList(all), incidentCounts: counts, incidentRevision: revision },
        };
      },
    },
    close() {
      ruleDesk?.close();
      client.destroy();
      athena.destroy();
    },
  };
}

/** What only the local runtime has. */
const NOT_THERE = {
  telemetry: { history: emptyHistory, recent: () => [] },
  mailbox: { list: async () => [], get: async () => undefined, size: () => 0 },
  sns: { subscription: () => undefined, unsubscribe: () => false },
  alerts: () => [],
  lake: async (): Promise<LakeListing> => ({
    ...{ partitions: [], errors: [], errorFiles: 0, failures: [], failureFiles: 0, partial: false },
  }),
  fleet: () => undefined,
  edge: () => undefined,
};

function emptyHistory(): Buffer {
  const metrics = PAGE_METRICS.map(({ name }) => name);
  const header: HistoryHeader = { from: 0, seconds: 300, metrics, devices: [] };
  const text = JSON.stringify(header);
  return Buffer.from(`${text.padEnd(Math.ceil((text.length + 1) / 4) * 4 - 1)}\n`);
}

/** The open incidents, read again after some time, and never twice at once. */
function createStateLook(read: () => Promise<OpenIncident[]>): () => Promise<WatchedTable> {
  let known: WatchedTable | undefined;
  let signature = '';
  let readAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (known && performance.now() - readAt < LOOK_MS) return known;
    readAt = performance.now();
    const open = await read();
    const now = JSON.stringify(open);
    if (!known || now !== signature)
      known = { items: open.map(toItem), isWhole: true, revision: (known?.revision ?? 0) + 1 };
    signature = now;
    return known;
  };
}

const toItem = ({ untold: _, sent_from: __, ...incident }: OpenIncident): WatchedItem => ({
  ...incident,
  outbox: [],
});
