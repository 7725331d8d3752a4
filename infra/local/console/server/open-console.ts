/** The console, connected to the running stack. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientOptions } from '../../../cli/client-options.ts';
import type { StackOutputs } from '../../../cli/outputs.ts';
import { systemClock } from '../../../emulator/base/clock.ts';
import type { EventBus } from '../../../emulator/base/events.ts';
import type { Stack } from '../../../emulator/stack/intrinsics.ts';
import type { Edge } from '../edge.ts';
import type { Fleet } from '../fleet.ts';
import type { PageState, PageStream } from '../page-state.ts';
import type { RuleDesk } from '../rules/rule-desk.ts';
import { type ConsoleOptions, createConsole } from './console.ts';
import { createDesk, type Desk } from './desk.ts';
import { describeError } from './http.ts';
import { createIncidentBook } from './incident-book.ts';
import { watchedBy } from './incident-list.ts';
import { listLake } from './lake-listing.ts';
import { openLive } from './live.ts';
import { createModels, modelPeriodOf } from './models.ts';
import { createPageData, type PageSources } from './page-data.ts';
import { createPast } from './past-incidents.ts';
import { pipelineOf } from './pipeline.ts';
import type { CallAthena } from './query-runner.ts';
import { createTold } from './told.ts';
import type { Watchers } from './watchers.ts';

/** Sources that the console creates itself. */
type Derived = 'pipeline' | 'vitals' | 'telemetry' | 'state' | 'incidents' | 'clock';

type OpenConsoleOptions = Omit<PageSources, Derived> &
  Pick<ConsoleOptions, 'mailbox' | 'sns' | 'alerts'> & {
    stack: Stack;
    s3Root: string;
    bus: EventBus;
    watchers: Watchers;
    athena: CallAthena;
    /** Instead of the stack's own state table. */
    desk?: Desk;
    ruleDesk?: RuleDesk | undefined;
    fleet(): Fleet | undefined;
    edge(): Edge | undefined;
    /** How often a page gets the changes, in ms; once a second by default. */
    periodMs?: number;
  };

export interface Console {
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Ends the streams of events. */
  close(): void;
}

export function openConsole(options: OpenConsoleOptions): Console {
  const { stack, bus, mailbox, sns, alerts, flags, fleet, edge, watchers } = options;
  const { telemetry, vitals } = watchers;
  const outputs = stack.outputs as Partial<StackOutputs>;
  const state = () => watchers.state.table(outputs.StateTableName);
  const pipeline = pipelineOf(stack);
  const modelPeriodMs = modelPeriodOf(stack);
  const bucket = (name: string | undefined) => (name === undefined ? undefined : join(options.s3Root, name));
  const aboutRule = watchedBy(() => pipeline.rules);
  const incidents = createIncidentBook({ alerts, state, aboutRule });
  const parts = createPageData({
    ...options,
    ...{ pipeline, vitals, telemetry, state, incidents, clock: systemClock },
  });
  let client: DynamoDBClient | undefined;
  /** Like any program's: its calls pass the port, and are counted and hit by faults. */
  function tableOf(name: string) {
    const { Region = 'us-east-1' } = outputs;
    client ??= new DynamoDBClient({
      ...clientOptions({ Region, Endpoint: options.endpoint() }),
      maxAttempts: 2,
    });
    return { client, name };
  }
  const live = openLive({
    parts,
    periodMs: options.periodMs,
    stream: () => ({ telemetry: telemetry.take() }) satisfies PageStream,
    onFailure(error) {
      const text = `The page is out of date: ${describeError(error).message}`;
      bus.publish({ type: 'notice', level: 'error', text });
      return { notices: options.activity.notices } satisfies Partial<PageState>;
    },
  });
  const queries = {
    call: options.athena,
    workGroup: outputs.WorkGroupName ?? 'primary',
    database: outputs.DatabaseName ?? 'default',
  };
  const handle = createConsole({
    ...{ parts, live, telemetry, mailbox, sns, alerts, incidents, flags, fleet, edge },
    deviceCommand: options.deviceCommand,
    ...{ rulesInForce: () => pipeline.rules, ruleDesk: options.ruleDesk },
    desk: options.desk ?? createDesk(() => tableOf(outputs.StateTableName ?? '')),
    model: createModels(
      () => (outputs.ModelTableName === undefined ? undefined : tableOf(outputs.ModelTableName)),
      () => modelPeriodMs,
      Date.now,
    ),
    lake: () =>
      listLake({
        lake: bucket(outputs.LakeBucketName) ?? options.s3Root,
        failures: bucket(outputs.FailureBucketName),
      }),
    tables: { readings: outputs.ReadingsTableName ?? 'readings', refused: 'refused' },
    queries,
    told: createTold({
      mailbox,
      sent: () => (outputs.SentTableName === undefined ? undefined : tableOf(outputs.SentTableName)),
    }),
    past: createPast(queries, outputs.AlertsTableName ?? 'alerts', aboutRule, Date.now),
  });
  return {
    handle,
    close() {
      live.close();
      options.ruleDesk?.close();
      client?.destroy();
    },
  };
}
