/** Bytes of a batch → readings by site. Nothing in a record can make this throw. */
import type { KinesisStreamRecord } from 'aws-lambda';
import { REASONS, type Verdict } from '../contract/advice.ts';
import { explainReading } from '../contract/explain-reading.ts';
import { BLANK, IMPORT_KEY, type Named, namesIn, parseLine } from '../contract/line.ts';
import {
  isReadingWith,
  MAX_CLOCK_SKEW_MS,
  type MetricValues,
  noMetrics,
  type Reading,
} from '../contract/reading.ts';
import { instantMs, lastLakeHour } from '../contract/time.ts';
import { type UserRecord, userRecordsOf } from './aggregated.ts';
import type { Memory } from './memory.ts';
import { parsePacked } from './packed.ts';
import { Refusals } from './refusals.ts';
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
 * @param isQuiet does surely no rule call a reading with these metrics a breach?
 * @param memory takes every reading that is evaluated
 */
export function decodeRecords(
  records: readonly KinesisStreamRecord[],
  isQuiet: (metrics: MetricValues) => boolean,
  memory?: Memory,
): Decoded {
  const decoder = new Decoder(isQuiet, memory);
  for (const [index, { kinesis }] of records.entries()) decoder.take(kinesis, index);
  const { decoded } = decoder;
  for (const site of decoded.sites.values()) {
    for (const { reading } of site.suspected) site.restless.add(reading.device_id);
  }
  return decoded;
}

/** Line by line, with what lasts for a record. */
class Decoder {
  readonly decoded: Decoded = {
    sites: new Map(),
    valid: 0,
    malformed: 0,
    foreign: 0,
    skewed: 0,
    problems: [],
    refusals: new Refusals(),
  };
  readonly #isQuiet: (metrics: MetricValues) => boolean;
  readonly #memory: Memory | undefined;
  /** Of the reading at hand. */
  readonly #metrics: MetricValues = noMetrics();
  #index = 0;
  /** The line of the record at hand. */
  #line = 0;
  #key = '';
  #sequence = '';
  #latestMs = 0;
  /** The last hour of sending that queries of the lake see, and the day of arrival that it is of. */
  #lastHour = '';
  #arrivalDay = -1;
  /** Of the last reading that was evaluated. */
  #site: SiteBatch | undefined;
  /** Is it the site that the record's key names? */
  #isOwn = false;

  constructor(isQuiet: (metrics: MetricValues) => boolean, memory: Memory | undefined) {
    this.#isQuiet = isQuiet;
    this.#memory = memory;
  }

  take(kinesis: KinesisStreamRecord['kinesis'], index: number): void {
    this.#index = index;
    this.#line = 0;
    this.#sequence = kinesis.sequenceNumber;
    this.#latestMs = skewLimitMs(kinesis.approximateArrivalTimestamp);
    this.#seeLake(kinesis.approximateArrivalTimestamp);
    const packed = userRecordsOf(kinesis.data);
    if (packed === undefined) this.#takeRecord(kinesis);
    else this.#takeAggregated(packed);
  }

  #takeRecord({ partitionKey, data }: Pick<KinesisStreamRecord['kinesis'], 'partitionKey' | 'data'>): void {
    if (!this.#goesBy(partitionKey)) return;
    const values = parsePacked(data);
    if (values === undefined) this.#takeText(Buffer.from(data, 'base64').toString());
    else for (const value of values) this.#takeValue(value);
  }

  /** The record's own key says nothing of what is in it. */
  #takeAggregated(packed: readonly UserRecord[]): void {
    for (const { partitionKey, data } of packed) {
      if (this.#goesBy(partitionKey)) this.#takeText(data.toString());
    }
    if (packed.length === 0) this.#refuseEmpty(1);
  }

  /** Whether what comes under this key is to be evaluated. */
  #goesBy(key: string): boolean {
    this.#key = key;
    this.#isOwn = this.#site?.siteId === key;
    // The past is for the lake: nobody is to be told of it.
    return !key.startsWith(IMPORT_KEY);
  }

  /** @param arrived second of the epoch */
  #seeLake(arrived: number): void {
    const day = Math.floor(arrived / 86_400);
    if (day === this.#arrivalDay) return;
    this.#arrivalDay = day;
    this.#lastHour = lastLakeHour(arrived * 1000);
  }

  /** It is in the lake, but nobody would find it there. */
  #noteAhead(value: Named): void {
    const position = { sequence: this.#sequence, line: this.#line };
    this.decoded.refusals.add('sent-ahead', value, REASONS.sentAhead, position);
  }

  #takeText(text: string): void {
    const before = this.#line;
    let blank = 0;
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      const end = newline === -1 ? text.length : newline;
      const value = parseLine(text, start, end);
      if (typeof value === 'object') this.#takeValue(value);
      else {
        this.#line += 1;
        if (value === BLANK) blank += 1;
        else this.#refuse(namesIn(text.slice(start, end)), value);
      }
      start = end + 1;
    }
    if (this.#line - before === blank) this.#refuseEmpty(before + 1);
  }

  #takeValue(value: object): void {
    this.#line += 1;
    if (!isReadingWith(value, this.#metrics)) {
      this.#refuse(namesIn(value), reasonOf(value, this.decoded.malformed + 1));
      return;
    }
    this.decoded.valid += 1;
    if (value.timestamp_sent > this.#lastHour) this.#noteAhead(value);
    const isKnown = this.#isOwn && value.site_id === this.#site?.siteId;
    if (!isKnown && value.site_id !== this.#key && value.device_id !== this.#key) {
      this.decoded.foreign += 1;
      this.#note('foreign', value, REASONS.foreign);
    } else if (instantMs(value.timestamp) > this.#latestMs) {
      this.decoded.skewed += 1;
      this.#note('skewed', value, REASONS.skewed);
    } else this.#evaluate(isKnown ? (this.#site as SiteBatch) : this.#siteOf(value.site_id), value);
  }

  #evaluate(site: SiteBatch, reading: Reading): void {
    site.readings.push(reading);
    site.records.push(this.#index);
    if (!this.#isQuiet(this.#metrics)) site.restless.add(reading.device_id);
    site.memory?.see(reading, this.#metrics, site.suspected);
  }

  #siteOf(siteId: string): SiteBatch {
    if (this.#site?.siteId === siteId) return this.#site;
    let site = this.decoded.sites.get(siteId);
    if (site === undefined) {
      site = {
        ...{ siteId, firstRecord: this.#index, readings: [], records: [] },
        ...{ restless: new Set(), memory: this.#memory?.begin(siteId), suspected: [] },
      };
      this.decoded.sites.set(siteId, site);
    }
    this.#site = site;
    this.#isOwn = siteId === this.#key;
    return site;
  }

  /** A record always holds something; an empty one is a mistake of its sender. @param line at which it begins */
  #refuseEmpty(line: number): void {
    this.#line = line;
    this.#refuse({}, REASONS.empty);
  }

  #refuse(who: Named, reason: string): void {
    this.decoded.malformed += 1;
    this.#note('refused', who, reason);
  }

  #note(verdict: Verdict, who: Named, reason: string): void {
    const line = this.#line;
    const { problems, refusals } = this.decoded;
    refusals.add(verdict, who, reason, { sequence: this.#sequence, line });
    if (problems.length === MAX_PROBLEMS) return;
    const text = verdict !== 'refused' ? `${who.device_id}: ${reason}` : reason;
    problems.push({
      ...{ sequence_number: this.#sequence, line },
      reason: text.slice(0, MAX_REASON_CHARACTERS),
    });
  }
}

/** @param malformed lines of the batch so far */
const reasonOf = (value: object, malformed: number): string =>
  malformed > MAX_EXPLAINED ? REASONS.others : (explainReading(value) ?? REASONS.notObject);

/** The last instant, ms, that is not skewed in a record which arrived at this second of the epoch. */
const skewLimitMs = (arrived: number): number => arrived * 1000 + MAX_CLOCK_SKEW_MS;
