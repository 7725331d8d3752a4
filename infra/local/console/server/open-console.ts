/** The console with everything that it watches, wired to the running stack. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { StackOutputs } from '../../../cli/outputs.ts';
import type { Mailbox } from '../../../emulator/mailbox/mailbox.ts';
import type { Sns } from '../../../emulator/sns/sns.ts';
import type { Stack } from '../../../emulator/stack/intrinsics.ts';
import type { AwsService, Interceptor } from '../../../emulator/wire/gateway.ts';
import type { Fleet } from '../../session/fleet.ts';
import { createConsole } from './console.ts';
import { listLake } from './lake-listing.ts';
import { createLive } from './live.ts';
import { createPageData, type PageSources } from './page-data.ts';
import { pipelineOf } from './pipeline.ts';
import type { CallAthena } from './query-runner.ts';
import { createStateWatch } from './state-watch.ts';
import { createTelemetry } from './telemetry.ts';
import { watchVitals } from './vitals.ts';

type Sources = Pick<
  PageSources,
  'version' | 'endpoint' | 'startedAt' | 'flags' | 'resources' | 'counts' | 'activity' | 'faults'
>;

export interface OpenConsoleOptions extends Sources {
  stack: Stack;
  s3Root: string;
  bus: Parameters<typeof watchVitals>[0];
  mailbox: Mailbox;
  sns: Sns;
  athena: CallAthena;
  fleet(): Fleet | undefined;
}

export interface Console {
  handle(request: IncomingMessage, response: ServerResponse): boolean;
  /** Sees the data of every record of the stream. */
  observe(data: Uint8Array): void;
  /** Sees every AWS call. */
  intercept: Interceptor;
  /** The state table's service, watched. */
  watchState(service: AwsService): AwsService;
  /** Ends the streams of events. */
  close(): void;
}

export function openConsole(options: OpenConsoleOptions): Console {
  const { stack, bus, mailbox, sns, flags, fleet } = options;
  const now = Date.now;
  const telemetry = createTelemetry(now);
  const vitals = watchVitals(bus, now);
  const outputs = stack.outputs as Partial<StackOutputs>;
  const state = createStateWatch(outputs.StateTableName);
  const pipeline = pipelineOf(stack);
  const bucket = (name: string | undefined) => (name === undefined ? undefined : join(options.s3Root, name));
  const parts = createPageData({ ...options, pipeline, vitals, telemetry, state, now });
  const live = createLive({ parts, stream: () => ({ telemetry: telemetry.take() }) });
  const handle = createConsole({
    ...{ parts, live, telemetry, mailbox, sns, flags, fleet, now },
    alerts: sns.alerts,
    lake: () =>
      listLake({
        lake: bucket(outputs.LakeBucketName) ?? options.s3Root,
        failures: bucket(outputs.FailureBucketName),
      }),
    queries: {
      call: options.athena,
      workGroup: outputs.WorkGroupName ?? 'primary',
      database: outputs.DatabaseName ?? 'default',
    },
  });
  return {
    handle,
    observe: telemetry.observe,
    intercept: vitals.intercept,
    watchState: state.watch,
    close: live.close,
  };
}
