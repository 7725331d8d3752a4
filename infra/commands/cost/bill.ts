/** A month's bill, computed from the design and the traffic. Pure. */
import { FIREHOSE_TIERS, PRICES, type Price, tiered } from './prices.ts';
import type { Design } from './template.ts';
import { type Fleet, type Traffic, trafficOf } from './traffic.ts';

export interface Item {
  service: string;
  what: string;
  /** In units of the price. */
  quantity: number;
  unit: string;
  /** Per month. */
  usd: number;
  /** The part that the free tier would cover, if nothing else in the account used it. */
  freeUsd: number;
}

export interface Bill {
  fleet: Fleet;
  traffic: Traffic;
  items: Item[];
  /** USD a month. */
  total: number;
  readingsPerMonth: number;
  perMillion: number;
}

const MONTH_HOURS = 730;
const MONTH_SECONDS = MONTH_HOURS * 3600;
const GB = 1024 ** 3;
const KB = 1024;

/**
 * Assumptions about what no template says. An invocation of the detector waits for DynamoDB, and handles readings: the
 * less memory it has, the smaller its share of a processor, and the longer the second part takes.
 */
export const ASSUMED = {
  invocationMs: 15,
  readingMs: 0.003,
  wholeProcessorMb: 1769,
  /** jq in Firehose, which AWS bills by the hour. `JQProcessing.Duration` in CloudWatch has the real figure. */
  jqMs: 0.02,
  /** A reading in a Parquet file of the lake. */
  parquetBytes: 25,
  /**
   * How often a night's statements of the trusted layer read a day's files: three days of the raw layer, the keys that
   * are there already, and files to be merged.
   */
  trustedScans: 7,
  /** What an invocation writes to its log: START, END, REPORT and one line of metrics. */
  logBytes: 700,
  /** How far a site has come is noted that often, in an item and in an index. */
  presenceSeconds: 120,
  presenceWriteUnits: 2,
  /** A look of the watchdog: its calls wait for DynamoDB. */
  lookMs: 60,
  /** A row of the index, and what one look reads besides it. */
  presenceBytes: 150,
  readUnitsPerLook: 2,
  incidentsPerDeviceMonth: 1,
  /** Its item is written at each step and again when its e-mail is sent; each write is above 1 KB. */
  writeUnitsPerIncident: 14,
  /** Share of hours in which a metric is sent, if it is not sent while it is zero. */
  rareMetricShare: 0.1,
  /** One when it begins and one when it ends. */
  messagesPerIncident: 2,
  subscribers: 1,
} as const;

/** An item of the models: at most so many devices, each with its name and five numbers a metric. */
const MODEL = { devices: 100, itemBytes: 200, deviceBytes: 10, metricBytes: 18 };

/** AWS' sampling: one invocation a second, and one in twenty of the others. */
const TRACED_PER_SECOND = 1;
const TRACED_SHARE = 0.05;

export function billOf(design: Design, fleet: Fleet): Bill {
  const traffic = trafficOf(fleet, design);
  const items = [
    ...streamItems(design, traffic),
    ...deliveryItems(design, traffic),
    ...detectorItems(design, traffic),
    ...modelItems(design, fleet),
    ...siteItems(design, fleet),
    ...alertItems(fleet),
    ...storageItems(design, traffic),
    ...operationsItems(design, traffic),
  ].filter(({ usd }) => usd > 0);
  const total = items.reduce((sum, { usd }) => sum + usd, 0);
  const readingsPerMonth = traffic.readingsPerSecond * MONTH_SECONDS;
  return { fleet, traffic, items, total, readingsPerMonth, perMillion: (total / readingsPerMonth) * 1e6 };
}

const item = (service: string, what: string, quantity: number, price: Price): Item => ({
  ...{ service, what, quantity },
  ...{ unit: price.unit, usd: quantity * price.usd },
  freeUsd: Math.min(quantity, price.free) * price.usd,
});

const roundUp = (bytes: number, step: number) => Math.ceil(bytes / step) * step;
const monthly = (perSecond: number) => perSecond * MONTH_SECONDS;

function streamItems({ stream, consumers }: Design, traffic: Traffic): Item[] {
  const service = 'Kinesis';
  const records = monthly(traffic.recordsPerSecond);
  const extraHours = Math.max(0, stream.retentionHours - 24);
  const pushedGb = (consumers * records * traffic.recordBytes) / GB;
  if (stream.mode === 'provisioned') {
    const shardHours = traffic.shards * MONTH_HOURS;
    const putUnits = records * Math.ceil(traffic.recordBytes / (25 * KB));
    return [
      item(service, 'shards', shardHours, PRICES.shardHour),
      item(service, 'put', putUnits, PRICES.putUnit),
      item(service, 'retention', extraHours > 0 ? shardHours : 0, PRICES.extendedRetention),
      item(service, 'consumers', consumers * shardHours, PRICES.consumerShardHour),
      item(service, 'pushed', pushedGb, PRICES.consumerOut),
    ];
  }
  const bytesIn = records * roundUp(traffic.recordBytes, KB);
  // The detector's mapping and Firehose each read everything, unless it is pushed to them.
  const bytesOut = (2 - consumers) * records * traffic.recordBytes;
  return [
    item(service, 'on-demand stream', MONTH_HOURS, PRICES.onDemandStreamHour),
    item(service, 'in', bytesIn / GB, PRICES.onDemandIn),
    item(service, 'out', bytesOut / GB, PRICES.onDemandOut),
    item(service, 'pushed', pushedGb, PRICES.onDemandConsumerOut),
    item(service, 'retention', (bytesIn / GB) * (extraHours / MONTH_HOURS), PRICES.onDemandRetention),
  ];
}

function deliveryItems({ delivery }: Design, traffic: Traffic): Item[] {
  const service = 'Firehose';
  const billedGb = (monthly(traffic.recordsPerSecond) * roundUp(traffic.recordBytes, 5 * KB)) / GB;
  const items = [
    {
      ...{ service, what: 'ingestion', quantity: billedGb, usd: tiered(billedGb, FIREHOSE_TIERS) },
      ...{ unit: 'GB, records rounded up to 5 KB', freeUsd: 0 },
    },
    item(service, 'conversion', billedGb, PRICES.formatConversion),
  ];
  if (!delivery.partitioned) return items;
  const jqHours = delivery.jq ? (monthly(traffic.readingsPerSecond) * ASSUMED.jqMs) / 3_600_000 : 0;
  return [
    ...items,
    item(service, 'partitioning', parquetGb(traffic), PRICES.partitionedGb),
    item(service, 'files', filesPerMonth(delivery, traffic), PRICES.partitionedObject),
    item(service, 'jq', jqHours, PRICES.jqHour),
  ];
}

const rawGb = (traffic: Traffic) => (monthly(traffic.recordsPerSecond) * traffic.recordBytes) / GB;

const parquetGb = (traffic: Traffic) => (monthly(traffic.readingsPerSecond) * ASSUMED.parquetBytes) / GB;

/** By time or by size, whichever comes first. */
const filesPerMonth = ({ bufferSeconds, bufferMb }: Design['delivery'], traffic: Traffic) =>
  Math.max(MONTH_SECONDS / bufferSeconds, (rawGb(traffic) * 1024) / bufferMb);

function detectorItems({ detector }: Design, traffic: Traffic): Item[] {
  const service = 'Lambda';
  const invocations = monthly(traffic.invocationsPerSecond);
  const slowness = Math.max(1, ASSUMED.wholeProcessorMb / detector.memoryMb);
  const readings = traffic.readingsPerSecond / traffic.invocationsPerSecond;
  const ms = ASSUMED.invocationMs + readings * ASSUMED.readingMs * slowness;
  const gbSeconds = invocations * (ms / 1000) * (detector.memoryMb / 1024);
  const arm = detector.architecture === 'arm64';
  // At most: a site at rest is not read again for two minutes. One consistent Query of less than 4 KB.
  const queries = invocations * traffic.sitesPerInvocation;
  return [
    item(service, 'requests', invocations, PRICES.lambdaRequest),
    item(service, 'duration', gbSeconds, arm ? PRICES.lambdaArmGbSecond : PRICES.lambdaX86GbSecond),
    item('DynamoDB', 'reads', queries, PRICES.readUnit),
  ];
}

/** The models of a site's devices are read and written once a period, in chunks. */
function modelItems(
  { models: { metrics, periodSeconds } }: Design,
  { devices, devicesPerSite }: Fleet,
): Item[] {
  if (metrics === 0 || periodSeconds === 0) return [];
  const sites = Math.ceil(devices / devicesPerSite);
  const chunks = Math.ceil(devicesPerSite / MODEL.devices);
  const bytes =
    MODEL.itemBytes +
    Math.min(devicesPerSite, MODEL.devices) * (MODEL.deviceBytes + metrics * MODEL.metricBytes);
  const periods = sites * chunks * (MONTH_SECONDS / periodSeconds);
  return [
    item('DynamoDB', 'models read', periods * Math.ceil(bytes / (4 * KB)), PRICES.readUnit),
    item('DynamoDB', 'models written', periods * Math.ceil(bytes / KB), PRICES.writeUnit),
  ];
}

/** A month's looks of the watchdog. */
const looksOf = ({ watchdog }: Pick<Design, 'watchdog'>) =>
  watchdog ? MONTH_SECONDS / (60 * watchdog.everyMinutes) : 0;

/** How far sites have come: noted by the detector, looked at by the watchdog. */
function siteItems({ presence, watchdog }: Design, { devices, devicesPerSite }: Fleet): Item[] {
  const sites = Math.ceil(devices / devicesPerSite);
  const notes = presence ? (sites * MONTH_SECONDS) / ASSUMED.presenceSeconds : 0;
  const noted = item('DynamoDB', 'presence of sites', notes * ASSUMED.presenceWriteUnits, PRICES.writeUnit);
  if (watchdog === undefined) return [noted];
  const looks = looksOf({ watchdog });
  // The index is read without consistency, at half a unit for 4 KB.
  const reads = ASSUMED.readUnitsPerLook + Math.max(1, (sites * ASSUMED.presenceBytes) / (4 * KB)) / 2;
  const gbSeconds = looks * (ASSUMED.lookMs / 1000) * (watchdog.memoryMb / 1024);
  const gbSecond = watchdog.architecture === 'arm64' ? PRICES.lambdaArmGbSecond : PRICES.lambdaX86GbSecond;
  return [
    noted,
    item('DynamoDB', "watchdog's reads", looks * reads, PRICES.readUnit),
    item('Lambda', "watchdog's requests", looks, PRICES.lambdaRequest),
    item('Lambda', "watchdog's duration", gbSeconds, gbSecond),
    item('Scheduler', 'invocations', looks, PRICES.scheduled),
    item('CloudWatch', "watchdog's logs", (looks * ASSUMED.logBytes) / GB, PRICES.logGb),
  ];
}

function alertItems({ devices }: Fleet): Item[] {
  const incidents = devices * ASSUMED.incidentsPerDeviceMonth;
  const messages = incidents * ASSUMED.messagesPerIncident;
  return [
    item('DynamoDB', 'writes', incidents * ASSUMED.writeUnitsPerIncident, PRICES.writeUnit),
    // Environments know them for 20 s: seldom so often.
    item('DynamoDB', 'silences read', messages, PRICES.readUnit),
    item('SNS', 'publishes', messages, PRICES.publish),
    item('SNS', 'e-mails', messages * ASSUMED.subscribers, PRICES.email),
  ];
}

function storageItems({ delivery, trusted }: Design, traffic: Traffic): Item[] {
  const gb = parquetGb(traffic);
  return [
    item('S3', 'writes', filesPerMonth(delivery, traffic), PRICES.s3Put),
    item('S3', "a month's readings", gb, PRICES.s3GbMonth),
    item('S3', 'their trusted copy', trusted ? gb : 0, PRICES.s3GbMonth),
    item('Athena', 'trusted layer', trusted ? gb * ASSUMED.trustedScans : 0, PRICES.scannedGb),
  ];
}

function operationsItems(design: Design, traffic: Traffic): Item[] {
  const service = 'CloudWatch';
  const perSecond = traffic.invocationsPerSecond;
  const sampled =
    Math.min(perSecond, TRACED_PER_SECOND) + TRACED_SHARE * Math.max(0, perSecond - TRACED_PER_SECOND);
  return [
    item(service, 'alarms', design.alarmMetrics, PRICES.alarmMetric),
    item(service, 'dashboards', design.dashboards, PRICES.dashboard),
    item(service, 'custom metrics', steadyMetrics(design.customMetrics), PRICES.customMetric),
    item(service, 'logs', (monthly(perSecond) * ASSUMED.logBytes) / GB, PRICES.logGb),
    item('X-Ray', 'traces', design.detector.traced ? monthly(sampled) + looksOf(design) : 0, PRICES.trace),
    item('KMS', 'keys', design.keys, PRICES.key),
  ];
}

/** CloudWatch bills a metric by the hours in which it is sent. */
const steadyMetrics = ({ steady, rare }: Design['customMetrics']) => steady + rare * ASSUMED.rareMetricShare;

/** USD a month on top, if the price per GB *delivered* meant what comes in, and not the Parquet. */
export const dearerPartitioning = ({ delivery }: Design, traffic: Traffic): number =>
  delivery.partitioned ? (rawGb(traffic) - parquetGb(traffic)) * PRICES.partitionedGb.usd : 0;

/** Share of Firehose's billed bytes that are readings, 0 to 1; the rest is rounding. */
export const fillOf = ({ recordBytes }: Traffic): number => recordBytes / roundUp(recordBytes, 5 * KB);
