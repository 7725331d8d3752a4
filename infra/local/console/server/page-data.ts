/** Everything that the page shows of the running pipeline, in parts. */
import { METRIC_FIELDS, METRICS } from '../../../../services/contract/reading.ts';
import type { Clock } from '../../../emulator/base/clock.ts';
import type { Mailbox } from '../../../emulator/mailbox/mailbox.ts';
import { DEVICE_COMMANDS, type RunDeviceCommand } from '../device-commands.ts';
import type { Edge } from '../edge.ts';
import type { Fleet } from '../fleet.ts';
import type { About, MailSummary, NotEvaluated, PageCounts, PageState, ShownFault } from '../page-state.ts';
import { describeError } from './http.ts';
import type { ReadIncidents } from './incident-book.ts';
import { shortList } from './incident-list.ts';
import type { Pipeline } from './pipeline.ts';
import type { WatchedTable } from './state-watch.ts';
import type { Telemetry } from './telemetry.ts';
import { onceEach, type SentOnce } from './told.ts';
import type { VitalsWatch } from './vitals.ts';

export interface PageSources extends Pick<About, 'version' | 'startedAt' | 'flags' | 'resources'> {
  endpoint(): string;
  pipeline: Pipeline;
  counts(): PageCounts;
  activity: Pick<PageState, 'files' | 'notices'> & { notEvaluated?: { list(): NotEvaluated[] } };
  vitals: VitalsWatch;
  telemetry: Telemetry;
  state(): Promise<WatchedTable>;
  incidents: ReadIncidents;
  mailbox: Pick<Mailbox, 'list' | 'size'>;
  faults: { list(): ShownFault[] };
  fleet(): Pick<Fleet, 'state'> | undefined;
  edge(): Pick<Edge, 'state'> | undefined;
  deviceCommand?: RunDeviceCommand | undefined;
  clock: Pick<Clock, 'now' | 'elapsed'>;
}

/** The metrics of the charts, in the order of the telemetry's values. */
export const PAGE_METRICS = METRICS.map((name) => {
  const { label, unit } = METRIC_FIELDS[name];
  return { name, label, unit };
});

const MAILS_SHOWN = 30;
const NOT_EVALUATED_SHOWN = 50;
const INCIDENT_ID = /^Incident ([0-9a-f]{24})\b/m;

/** @returns a function that gathers the state, and throws an Error that names the part that failed */
export function createPageData(sources: PageSources): () => Promise<PageState> {
  const { version, startedAt, flags, resources, pipeline, mailbox, telemetry, clock } = sources;
  return async () => {
    const table = await gather('state', sources.state);
    const { incidents, counts, revision } = await gather('incidents', sources.incidents);
    return {
      about: {
        ...{ version, endpoint: sources.endpoint(), startedAt, flags, resources, ...pipeline },
        metrics: PAGE_METRICS,
        isLive: true,
        deviceCommands: sources.deviceCommand ? DEVICE_COMMANDS : [],
      },
      counts: await gather('counts', () => ({
        ...sources.counts(),
        devices: telemetry.seen(),
        lastReading: telemetry.last(),
        now: clock.now(),
        elapsedMs: clock.elapsed(),
      })),
      vitals: sources.vitals.now(),
      incidents: shortList(incidents),
      incidentRevision: revision,
      incidentCounts: counts,
      state: table.items.length,
      mails: await gather('mails', async () => ({
        total: mailbox.size(),
        newest: onceEach(await mailbox.list(MAILS_SHOWN)).map(toSummary),
      })),
      files: sources.activity.files,
      notices: sources.activity.notices,
      notEvaluated: sources.activity.notEvaluated?.list().slice(0, NOT_EVALUATED_SHOWN) ?? [],
      faults: sources.faults.list(),
      fleet: await gather('fleet', () => sources.fleet()?.state() ?? null),
      sites: await gather('sites', async () => (await sources.edge()?.state()) ?? []),
    };
  };
}

async function gather<T>(part: keyof PageState, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`${part} could not be gathered: ${describeError(cause).message}`, { cause });
  }
}

const toSummary = ({ id, recipients, subject, text, receivedAt }: SentOnce): MailSummary => ({
  ...{ id, to: recipients.join(', '), subject, receivedAt },
  incident_id: INCIDENT_ID.exec(text)?.[1],
});
