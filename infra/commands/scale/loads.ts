/**
 * How much of each limit a fleet uses. Means over minutes, which is exact where a quota counts a minute or more, or
 * where a buffer is in front of it; what happens within a second is played event by event (shard.ts, turns.ts). Pure.
 */
import { ASSUMED, type Bill, billOf } from '../cost/bill.ts';
import type { Design } from '../cost/template.ts';
import type { Fleet } from '../cost/traffic.ts';
import { LIMITS, OWN_LIMITS } from './limits.ts';

export interface Scale {
  design: Design;
  fleet: Fleet;
  /** Share of the devices that are in an incident at any time. */
  breaching: number;
  /** What the work group lets one query read, in bytes. */
  scanLimitBytes: number;
}

export interface Load {
  what: string;
  used: number;
  limit: number;
  unit: string;
  /** Whose limit it is. */
  of: 'AWS' | 'ours';
  /** What happens there, and what helps. */
  help: string;
  /** The stream as it is deployed: a setting lifts it. */
  isShards?: true;
  /** It protects a purse, and stands in nobody's way. */
  isGuard?: true;
}

/** Assumed, besides what the bill assumes. */
const INCIDENT_SECONDS = 600;
const MONTH_SECONDS = 730 * 3600;
const DAY_SECONDS = 86_400;
const MINUTE_SECONDS = 60;
const GB = 1024 ** 3;

export const incidentsPerSecond = ({ fleet, breaching }: Pick<Scale, 'fleet' | 'breaching'>): number =>
  (fleet.devices * breaching) / INCIDENT_SECONDS;

export const messagesPerSecond = (scale: Pick<Scale, 'fleet' | 'breaching'>): number =>
  incidentsPerSecond(scale) * ASSUMED.messagesPerIncident;

/** How long an invocation with so many readings takes. */
export function invocationSeconds({ detector }: Pick<Design, 'detector'>, readings: number): number {
  const slowness = Math.max(1, ASSUMED.wholeProcessorMb / detector.memoryMb);
  return (ASSUMED.invocationMs + readings * ASSUMED.readingMs * slowness) / 1000;
}

const quantity = ({ items }: Bill, what: string) => items.find((item) => item.what === what)?.quantity ?? 0;

/** Bytes of Parquet that a day adds to the lake, and those that the night's statements read. */
export function lakeOf(bill: Bill): { dayBytes: number; nightBytes: number } {
  const daily = (what: string) => (quantity(bill, what) * GB * DAY_SECONDS) / MONTH_SECONDS;
  return { dayBytes: daily("a month's readings"), nightBytes: daily('trusted layer') };
}

export function loadsOf(scale: Scale): Load[] {
  const { design, fleet } = scale;
  const bill = billOf(design, fleet);
  return [
    ...streamLoads(scale, bill),
    ...stateLoads(scale, bill),
    ...modelLoads(fleet, bill),
    {
      ...{ what: 'Alerts to people', unit: 'messages/s', of: 'ours' as const },
      ...{ used: messagesPerSecond(scale), limit: OWN_LIMITS.messagesPerSecond },
      help: 'digests, so that SNS does not disable the subscription; select what people get (`npm run subscribe`)',
    },
    {
      ...{ what: "A query over the whole fleet's day", unit: 'bytes', of: 'ours' as const },
      ...{ used: lakeOf(bill).dayBytes, limit: scale.scanLimitBytes, isGuard: true as const },
      help: 'Athena stops it: ask for hours, sites and columns, or `-c queryScanLimitMb=…`',
    },
  ];
}

function streamLoads({ design, fleet }: Scale, { traffic }: Bill): Load[] {
  const { stream } = design;
  const bytes = traffic.recordsPerSecond * traffic.recordBytes;
  const byRecords = traffic.recordsPerSecond / LIMITS.shardRecords.value;
  const shards = Math.max(bytes / LIMITS.shardBytes.value, byRecords);
  const readings = fleet.devices / fleet.intervalSeconds / traffic.invocationsPerSecond;
  const busy = traffic.invocationsPerSecond * invocationSeconds(design, readings);
  const own: Load[] =
    stream.mode === 'on-demand'
      ? []
      : [
          {
            ...{ what: 'The stream as deployed', used: shards, limit: stream.shards, unit: 'shards' },
            ...{ of: 'ours', isShards: true as const },
            help: 'gateways are throttled, and send later: `-c shards=…`',
          },
          {
            ...{
              what: 'The widest stream',
              used: shards,
              limit: OWN_LIMITS.shards,
              unit: 'shards',
              of: 'ours',
            },
            help: '`-c streamMode=on-demand`, or a second stack',
          },
        ];
  return [
    ...own,
    {
      ...{ what: 'Invocations at once', used: busy, unit: 'invocations', of: 'AWS' },
      limit: LIMITS.concurrency.value,
      help: 'batches wait: a higher quota',
    },
    {
      ...{ what: "Firehose's partition of this hour", used: bytes, unit: 'bytes/s', of: 'AWS' },
      limit: LIMITS.partitionBytes.value,
      help: 'delivery falls behind: a second stack, or a finer partition',
    },
  ];
}

function stateLoads(scale: Scale, { traffic }: Bill): Load[] {
  const { fleet, design } = scale;
  const fronts = design.presence
    ? Math.ceil(fleet.devices / fleet.devicesPerSite) / ASSUMED.presenceSeconds
    : 0;
  return [
    {
      what: 'State table, reads',
      ...{ used: traffic.invocationsPerSecond * traffic.sitesPerInvocation, unit: 'read units/s', of: 'AWS' },
      limit: LIMITS.newTableReads.value,
      help: 'the table grows by itself, at first with retries; set its warm throughput before a big step',
    },
    {
      what: 'State table, writes',
      ...{
        used: fronts + incidentsPerSecond(scale) * ASSUMED.writeUnitsPerIncident,
        unit: 'write units/s',
        of: 'AWS',
      },
      limit: LIMITS.newTableWrites.value,
      help: 'the same',
    },
    {
      what: 'The index of sites, one partition',
      ...{ used: fronts, unit: 'write units/s', of: 'AWS' },
      limit: LIMITS.partitionWrites.value,
      help: 'writes to the state table are throttled: a second stack',
    },
  ];
}

/** In each minute of a period some sites learn, with the first readings that come: within one interval. */
function modelLoads({ intervalSeconds }: Fleet, bill: Bill): Load[] {
  const monthly = quantity(bill, 'models written');
  if (monthly === 0) return [];
  const everySecond = monthly / MONTH_SECONDS;
  // What comes later than a minute comes together with the next sites.
  const used = (everySecond * MINUTE_SECONDS) / Math.min(intervalSeconds, MINUTE_SECONDS);
  const burst = { used, unit: 'write units/s', of: 'AWS' as const };
  return [
    {
      ...{ what: 'Models, as a period begins: a new table', ...burst, limit: LIMITS.newTableWrites.value },
      help: 'some batches of that moment are late by their retries, until the table has grown',
    },
    {
      ...{ what: 'Models, as a period begins: any table', ...burst, limit: LIMITS.tableWrites.value },
      help: 'a higher quota',
    },
  ];
}

/** Devices at which a load reaches its limit, with everything else as it is; infinite where it never does. */
export function reachOf(scale: Scale, what: string): number {
  const shareAt = (devices: number) => {
    const load = loadsOf({ ...scale, fleet: { ...scale.fleet, devices } }).find((one) => one.what === what);
    return load === undefined ? 0 : load.used / load.limit;
  };
  let [low, high] = [1, 1e10];
  if (shareAt(high) < 1) return Number.POSITIVE_INFINITY;
  for (let i = 0; i < 60; i += 1) {
    const middle = Math.sqrt(low * high);
    if (shareAt(middle) < 1) low = middle;
    else high = middle;
  }
  return high;
}
