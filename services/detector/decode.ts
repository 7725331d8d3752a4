/** Bytes of a batch → readings by site. Nothing in a record can make this throw. */
import type { KinesisStreamRecord } from 'aws-lambda';
import { REASONS, type Verdict } from '../contract/advice.ts';
import { BLANK, IMPORT_KEY, type Named, namesIn, parseLine } from '../contract/line.ts';
import { explainReading, isReading, MAX_CLOCK_SKEW_MS, type Reading } from '../contract/reading.ts';
import { instantMs } from '../contract/time.ts';
import type { Memory } from './memory.ts';
import { type LinePosition, Refusals } from './refusals.ts';
import type { SiteMemory, Suspected } from './site-memory.ts';
import type { Outlooks } from './site-model.ts';

/** The readings of one site, in the order of the stream. */
export interface SiteBatch {
  siteId: string;
  /** Index of the first record that holds one of them. */
  firstRecord: number;
  readings: Reading[];
  /** For each reading, the index of its record. */
  records: number[];
  /** Devices with a reading that some rule may call a breach, or that is suspected. */
  restless: Set<string>;
  /** What this environment remembers of the site, where some rule wants it. */
  memory: SiteMemory | undefined;
  suspected: Suspected[];
  /** What the models of its devices say, where they were looked at. */
  outlooks?: ReadonlyMap<Reading, Outlooks> | undefined;
}

/** A line that was not evaluated, told without its content. */
export interface Problem {
  sequence_number: string;
  line: number;
  reason: string;
}

export interface Decoded {
  sites: Map<string, SiteBatch>;
  valid: number;
  malformed: number;
  foreign: number;
  skewed: number;
  /** The first few lines that are malformed, foreign or skewed. */
  problems: Problem[];
  /** All of them, by device and reason. */
  refusals: Refusals;
}

const MAX_PROBLEMS = 5;
const MAX_REASON_CHARACTERS = 200;
/** An explanation takes ten times as long as a reading: a record of nothing but `{}` must not take the function's time. */
const MAX_EXPLAINED = 10_000;

/**
 * @param isQuiet does surely no rule call this reading a breach?
 * @param memory takes every reading that is evaluated
 */
export function decodeRecords(
  records: readonly KinesisStreamRecord[],
  isQuiet: (reading: Reading) => boolean,
  memory?: Memory,
): Decoded {
  const decoded: Decoded = {
    sites: new Map(),
    valid: 0,
    malformed: 0,
    foreign: 0,
    skewed: 0,
    problems: [],
    refusals: new Refusals(),
  };
  let site: SiteBatch | undefined;
  for (const [index, { kinesis }] of records.entries()) {
    // The past is for the lake: nobody is to be told of it.
    const key = kinesis.partitionKey;
    if (key.startsWith(IMPORT_KEY)) continue;
    const text = Buffer.from(kinesis.data, 'base64').toString();
    const latestMs = skewLimitMs(kinesis.approximateArrivalTimestamp);
    let line = 0;
    let blank = 0;
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      const reading = parseLine(text, start, end);
      line += 1;
      const position = { sequence: kinesis.sequenceNumber, line };
      if (reading === BLANK) {
        blank += 1;
      } else if (!isReading(reading)) {
        decoded.malformed += 1;
        const from = typeof reading === 'string' ? text.slice(start, end) : reading;
        note(decoded, 'refused', namesIn(from), reasonOf(reading, decoded.malformed), position);
      } else if (reading.site_id !== key && reading.device_id !== key) {
        decoded.valid += 1;
        decoded.foreign += 1;
        note(decoded, 'foreign', reading, REASONS.foreign, position);
      } else if (instantMs(reading.timestamp) > latestMs) {
        decoded.valid += 1;
        decoded.skewed += 1;
        note(decoded, 'skewed', reading, REASONS.skewed, position);
      } else {
        decoded.valid += 1;
        if (site?.siteId !== reading.site_id) site = siteOf(decoded.sites, reading.site_id, index, memory);
        site.readings.push(reading);
        site.records.push(index);
        if (!isQuiet(reading)) site.restless.add(reading.device_id);
        site.memory?.see(reading, site.suspected);
      }
      start = end + 1;
    }
    // A record always holds something; an empty one is a mistake of its sender.
    if (line === blank) {
      decoded.malformed += 1;
      note(decoded, 'refused', {}, REASONS.empty, { sequence: kinesis.sequenceNumber, line: 1 });
    }
  }
  for (const site of decoded.sites.values()) {
    for (const { reading } of site.suspected) site.restless.add(reading.device_id);
  }
  return decoded;
}

function note(
  { problems, refusals }: Decoded,
  verdict: Verdict,
  who: Named,
  reason: string,
  position: LinePosition,
): void {
  refusals.add(verdict, who, reason, position);
  if (problems.length === MAX_PROBLEMS) return;
  const text = verdict !== 'refused' ? `${who.device_id}: ${reason}` : reason;
  const { sequence: sequence_number, line } = position;
  problems.push({ sequence_number, line, reason: text.slice(0, MAX_REASON_CHARACTERS) });
}

/**
 * @param problem in words, or the JSON that is not a reading
 * @param malformed lines of the batch so far
 */
function reasonOf(problem: object | string, malformed: number): string {
  if (typeof problem === 'string') return problem;
  return malformed > MAX_EXPLAINED ? REASONS.others : (explainReading(problem) ?? REASONS.notObject);
}

/** The last instant, ms, that is not skewed in a record which arrived at this second of the epoch. */
const skewLimitMs = (arrived: number): number => arrived * 1000 + MAX_CLOCK_SKEW_MS;

function siteOf(
  sites: Map<string, SiteBatch>,
  siteId: string,
  firstRecord: number,
  memory: Memory | undefined,
): SiteBatch {
  let site = sites.get(siteId);
  if (site === undefined) {
    site = {
      ...{ siteId, firstRecord, readings: [], records: [] },
      ...{ restless: new Set(), memory: memory?.begin(siteId), suspected: [] },
    };
    sites.set(siteId, site);
  }
  return site;
}
