/** All that the page shows of the running pipeline, in parts that change at their own pace. */
import { METRIC_FIELDS, METRICS } from '../../../../services/contract/reading.ts';
import type { ActiveFault } from '../../../emulator/faults/faults.ts';
import type { Mail } from '../../../emulator/mailbox/mail-store.ts';
import type { Sns } from '../../../emulator/sns/sns.ts';
import type { ResourceRow } from '../../../emulator/stack/resources.ts';
import type { Activity } from '../../activity.ts';
import type { Fleet } from '../../session/fleet.ts';
import { listIncidents } from './incident-list.ts';
import type { Parts } from './live.ts';
import type { Pipeline } from './pipeline.ts';
import type { StateWatch } from './state-watch.ts';
import type { Telemetry } from './telemetry.ts';
import type { VitalsWatch } from './vitals.ts';

/** Since the start, unless it says otherwise. */
export interface PageCounts {
  /** Lines that the stream took. */
  received: number;
  inLake: number;
  /** Under the error prefix. */
  malformed: number;
  /** Lines on their way to the lake. */
  pending: number;
  /** Readings that the detector has evaluated. */
  evaluated: number;
  invocations: number;
  /** Records in the failure bucket. */
  abandoned: number;
  opened: number;
  resolved: number;
  mails: number;
  /** Age of the oldest record of the detector's last batch when that began, ms. */
  batchAgeMs: number;
}

export interface PageSources {
  version: string;
  endpoint(): string;
  startedAt: string;
  /** The flags that lead a command here: `--local`, or `--local --dir DIR`. */
  flags: string;
  resources: ResourceRow[];
  pipeline: Pipeline;
  counts(): PageCounts;
  activity: Activity;
  vitals: VitalsWatch;
  telemetry: Telemetry;
  state: StateWatch;
  sns: Pick<Sns, 'alerts'>;
  mailbox: { list(limit?: number, offset?: number): Promise<Mail[]>; size(): number };
  faults: { list(): ActiveFault[] };
  /** The fleet that `npm start` brought along; undefined where there is none. */
  fleet(): Pick<Fleet, 'state'> | undefined;
  now(): number;
}

/** What can be charted, in the order of the telemetry's values. */
export const PAGE_METRICS = METRICS.map((name) => {
  const { label, unit } = METRIC_FIELDS[name];
  return { name, label, unit };
});

const MAILS_SHOWN = 30;
const INCIDENT_ID = /^Incident ([0-9a-f]{24})\b/m;

/** @returns the parts of the page's state, see {@link Parts}; all JSON */
export function createPageData(sources: PageSources): () => Promise<Parts> {
  const { version, startedAt, flags, resources, pipeline, mailbox, telemetry } = sources;
  const metricOf = (rule: string) => pipeline.rules.find(({ name }) => name === rule)?.metric;
  return async () => ({
    about: {
      ...{ version, endpoint: sources.endpoint(), startedAt, flags, resources, ...pipeline },
      metrics: PAGE_METRICS,
    },
    counts: {
      ...sources.counts(),
      devices: telemetry.devices().length,
      lastReading: telemetry.last(),
      now: sources.now(),
    },
    vitals: sources.vitals.now(),
    incidents: listIncidents(sources.sns.alerts(), sources.state.items(), metricOf),
    state: sources.state.items().length,
    mails: { total: mailbox.size(), newest: (await mailbox.list(MAILS_SHOWN)).map(toSummary) },
    files: sources.activity.files,
    notices: sources.activity.notices,
    faults: sources.faults.list(),
    fleet: sources.fleet()?.state() ?? null,
  });
}

const toSummary = ({ id, to, subject, text, receivedAt }: Mail) => ({
  ...{ id, to, subject, receivedAt },
  incident_id: INCIDENT_ID.exec(text)?.[1],
});
