/** Which devices of a site need attention, under which rule. Pure. */
import type { KinesisStreamRecord } from 'aws-lambda';
import { valueOfMetric } from '../contract/reading.ts';
import { instantMs } from '../contract/time.ts';
import { type CompiledRule, isBreach } from './compile.ts';
import type { SiteBatch } from './decode.ts';
import type { Task } from './fold.ts';
import { LONGEST_GAP } from './metric-memory.ts';
import type { Observation } from './observation.ts';
import type { SiteNews } from './silence.ts';
import type { Outlooks } from './site-model.ts';
import { deviceRule, newItem, type Position, type StoredIncident } from './stored-incident.ts';

/** What must be known of a record. */
export interface PlacedRecord extends Pick<KinesisStreamRecord, 'eventID'> {
  kinesis: Pick<KinesisStreamRecord['kinesis'], 'sequenceNumber' | 'approximateArrivalTimestamp'>;
}

/** The observations of every device that needs attention: those with an item, and those that are restless. */
export type Observed = ReadonlyMap<string, readonly Observation[]>;

/**
 * Only devices that need attention are folded: those with an item, those with a reading that may breach, and those that
 * are suspected.
 * @param items every item of the site
 */
export function tasksOf(
  site: SiteBatch,
  observed: Observed,
  items: readonly StoredIncident[],
  rules: readonly CompiledRule[],
): Task[] {
  const stored = byKey(items);
  const tasks: Task[] = [];
  for (const [deviceId, seen] of observed) {
    if (seen.length === 0) continue;
    for (const rule of rules) {
      if (rule.metric === null) continue;
      const item = stored.get(deviceRule(deviceId, rule.name));
      if (item === undefined && !callsForAttention(deviceId, seen, site, rule)) continue;
      if (!rule.appliesTo(site.siteId, deviceId)) continue;
      const before = item ?? newItem(site.siteId, deviceId, rule.name);
      tasks.push({ before, observations: withMemory(seen, site, rule), rule });
    }
  }
  return tasks;
}

/** Devices that are missed, and those whose silence is open or pending. */
export function silenceTasksOf(
  observed: Observed,
  items: readonly StoredIncident[],
  rules: readonly CompiledRule[],
  news: SiteNews,
  position: Position,
): Task[] {
  const stored = byKey(items);
  return rules.flatMap((rule) => {
    const open = items.filter((item) => item.rule === rule.name && item.incident?.state !== 'normal');
    const devices = new Set([...open.map(({ deviceId }) => deviceId), ...news.missed.keys()]);
    return [...devices]
      .filter((deviceId) => rule.appliesTo(news.siteId, deviceId))
      .map((deviceId) => ({
        before: stored.get(deviceRule(deviceId, rule.name)) ?? newItem(news.siteId, deviceId, rule.name),
        observations: observed.get(deviceId) ?? [],
        rule,
        news: { of: news, position },
      }));
  });
}

/** Incidents that somebody wants ended, of devices that the batch says nothing of. */
export const closeTasksOf = (
  tasks: readonly Task[],
  items: readonly StoredIncident[],
  rules: readonly CompiledRule[],
): Task[] =>
  items
    .filter((item) => item.closeRequested && !tasks.some(({ before }) => before === item))
    .flatMap((before) => {
      const rule = rules.find(({ name }) => name === before.rule);
      return rule ? [{ before, observations: [], rule }] : [];
    });

const byKey = (items: readonly StoredIncident[]) =>
  new Map(items.map((item) => [deviceRule(item.deviceId, item.rule), item]));

/** May these readings open an incident that there is no item of? */
function callsForAttention(
  deviceId: string,
  observations: readonly Observation[],
  { suspected, outlooks }: SiteBatch,
  rule: CompiledRule,
): boolean {
  switch (rule.rule.kind) {
    case 'stuck':
    case 'noisy':
      return suspected.some(
        ({ reading, metric }) => metric === rule.metric && reading.device_id === deviceId,
      );
    case 'unusual':
      return (
        outlooks !== undefined && observations.some(({ reading }) => isNews(outlooks.get(reading), rule))
      );
    default:
      return observations.some(({ reading }) => isBreach(reading, rule));
  }
}

/** Devices of which their model says something that opens an incident, or begins to: nearly always none. */
export function* newsworthy(
  outlooks: NonNullable<SiteBatch['outlooks']>,
  rules: readonly CompiledRule[],
): Generator<string> {
  const unusual = rules.filter(({ rule }) => rule.kind === 'unusual');
  for (const [{ device_id }, outlook] of outlooks) {
    if (unusual.some((rule) => isNews(outlook, rule))) yield device_id;
  }
}

function isNews(outlooks: Outlooks | undefined, rule: CompiledRule): boolean {
  const outlook = rule.metric === null ? undefined : outlooks?.get(rule.metric);
  return outlook !== undefined && rule.isNews(outlook);
}

/** @param records of the batch, for the positions of the readings */
export function observe(
  site: SiteBatch,
  records: readonly PlacedRecord[],
  items: readonly StoredIncident[],
): Observed {
  const devices = new Map<string, Observation[]>();
  for (const deviceId of site.restless) devices.set(deviceId, []);
  for (const item of items) devices.set(item.deviceId, []);
  if (devices.size === 0) return devices;
  let line = 0;
  for (const [i, reading] of site.readings.entries()) {
    const index = site.records[i] ?? -1;
    line = index === site.records[i - 1] ? line + 1 : 0;
    const observations = devices.get(reading.device_id);
    const record = observations && records[index];
    if (record) observations.push({ reading, position: positionOf(record, line) });
  }
  return devices;
}

/** Where the last reading of a site stands. */
export function lastPosition(
  { readings, records: of }: SiteBatch,
  records: readonly PlacedRecord[],
): Position {
  const index = of.at(-1) ?? 0;
  const line = readings.length - 1 - of.indexOf(index);
  return positionOf(records[index] as PlacedRecord, line);
}

function positionOf({ eventID, kinesis }: PlacedRecord, line: number): Position {
  const arrived = kinesis.approximateArrivalTimestamp;
  // An event id is `shardId-000000000006:` and the sequence number.
  return { shard: eventID.split(':', 1)[0] ?? '', sequence: kinesis.sequenceNumber, arrived, line };
}

/** With what this environment's memory and the models add, for the kinds that need a past. */
function withMemory(
  observations: readonly Observation[],
  site: SiteBatch,
  rule: CompiledRule,
): readonly Observation[] {
  const { kind } = rule.rule;
  if (rule.rule.kind === 'unusual') {
    const { metric } = rule.rule;
    return observations.map((one) => ({ ...one, outlook: site.outlooks?.get(one.reading)?.get(metric) }));
  }
  if (kind !== 'stuck' && kind !== 'noisy') return observations;
  const suspicionOf = ({ reading }: Observation) =>
    site.suspected.find((one) => one.reading === reading && one.metric === rule.metric)?.[kind];
  const steps = kind === 'noisy' ? stepsOf(observations, site, rule) : [];
  return observations.map((one, i) => ({ ...one, suspicion: suspicionOf(one), step: steps[i] }));
}

/** How far each value is from the one before it; undefined where readings are missing in between. */
function stepsOf(
  observations: readonly Observation[],
  { memory }: SiteBatch,
  rule: CompiledRule,
): (number | undefined)[] {
  const [first] = observations;
  if (first === undefined || memory === undefined || rule.metric === null) return [];
  const before = memory.before(first.reading.device_id, rule.metric);
  let last = before;
  return observations.map(({ reading }) => {
    const value = rule.metric === null ? undefined : valueOfMetric(reading, rule.metric);
    const ms = instantMs(reading.timestamp);
    if (value === undefined || (last !== undefined && ms <= last.ms)) return undefined;
    const follows = last !== undefined && ms - last.ms <= LONGEST_GAP * last.usualMs;
    const step = follows && last ? Math.abs(value - last.value) : undefined;
    last = { value, ms, usualMs: before?.usualMs ?? 0 };
    return step;
  });
}
