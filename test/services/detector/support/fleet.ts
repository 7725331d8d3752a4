/**
 * A fleet in event time, and environments of the detector that share its batches: what each has in memory differs, what
 * is in the state table does not.
 */
import type { Alert } from '../../../../services/contract/alert.ts';
import { formatTimestamp, type Reading } from '../../../../services/contract/reading.ts';
import type { Rule } from '../../../../services/contract/rule.ts';
import type { DetectorParts } from '../../../../services/detector/detector.ts';
import { batch, clock, record } from './batch.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';
import { freeTurns, type Harness, harness, published, unreadMetrics } from './harness.ts';

export const START_MS = clock('00:00:00');
export const at = (seconds: number): string => formatTimestamp(START_MS + seconds * 1000);

/** A number from 0 to 1 at each call, always the same ones for a seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A reading at a second of the fleet's time. */
export function readingAt(second: number, device: string, values: Partial<Reading> = {}): Reading {
  const timestamp = formatTimestamp(START_MS + Math.round(second * 1000));
  const reading: Reading = {
    device_id: device,
    site_id: 'site-a',
    seq: Math.floor(second),
    temperature: 50,
    cpu: 30,
    ram: 40,
    hd: 50,
    timestamp,
    timestamp_sent: `${timestamp.slice(0, 10)} ${timestamp.slice(11, 13)}`,
  };
  return Object.assign(reading, values);
}

export interface Delivery {
  /** When it arrives, seconds of the fleet's time. */
  second: number;
  readings: Reading[];
}

export interface Environments {
  aws: FakeAws;
  /** One batch, to any of the environments. A batch that fails is delivered again. */
  deliver(...deliveries: Delivery[]): Promise<void>;
  /** The last so many batches again, as after a lost answer. */
  replay(batches: number): Promise<void>;
  alerts(): Alert[];
  all: Harness[];
}

/**
 * @param random which environment takes a batch
 * @param models the table of models, which they share
 */
export function environments(
  rules: Rule[],
  count = 1,
  random: () => number = () => 0,
  models?: DetectorParts['models'],
): Environments {
  const aws = fakeAws();
  const all = Array.from({ length: count }, () => harness(rules, aws, freeTurns, models, unreadMetrics));
  const delivered: ReturnType<typeof record>[][] = [];

  async function take(records: ReturnType<typeof record>[]): Promise<void> {
    for (let tries = 0; tries < 20; tries += 1) {
      const one = all[Math.floor(random() * count)] as Harness;
      const { batchItemFailures } = await one.detector(batch(records));
      if (batchItemFailures.length === 0) return;
    }
    throw new Error('A batch failed again and again');
  }

  return {
    aws,
    all,
    async deliver(...deliveries) {
      const records = deliveries
        .filter(({ readings }) => readings.length > 0)
        .map(({ second, readings }) => record(readings, START_MS + second * 1000));
      if (records.length === 0) return;
      delivered.push(records);
      await take(records);
    },
    async replay(batches) {
      for (const records of delivered.slice(-batches)) await take(records);
    },
    alerts: () => (aws.published.length === 0 ? [] : published(aws)),
  };
}
