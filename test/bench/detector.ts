/**
 * The whole detector on in-memory AWS, in µs per reading, compared with two others on the same readings: the floor
 * (base64, lines and JSON.parse, with the result discarded), and the usual code with Powertools' BatchProcessor and a
 * zod schema, for streams with one reading per record.
 *
 * node --import tsx test/bench/detector.ts [rounds]
 */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch';
import type { Context, KinesisStreamEvent, KinesisStreamRecord } from 'aws-lambda';
import { z } from 'zod';
import type { Reading } from '../../services/contract/reading.ts';
import { parseRules, type Rule } from '../../services/contract/rule.ts';
import rulesJson from '../../services/detector/rules.json' with { type: 'json' };
import { batch, clock, record } from '../services/detector/support/batch.ts';
import { fakeAws } from '../services/detector/support/fake-aws.ts';
import { harness } from '../services/detector/support/harness.ts';
import { inTurns, printTable } from './fresh.ts';

const SITES = 10;
const DEVICES_PER_SITE = 100;
const TICKS = 10;
const READINGS = SITES * DEVICES_PER_SITE * TICKS;
const WARM_UP = 15;
const MEASURED = 40;

/** Ten ticks of a thousand devices, packed by site: about 22 KB a record, as the simulator sends them. */
function fleet(shareBreaching: number, round = 0): Reading[][] {
  const breaching = Math.round(DEVICES_PER_SITE * shareBreaching);
  return Array.from({ length: TICKS * SITES }, (_, i) => {
    const tick = round * TICKS + Math.floor(i / SITES);
    const at = clock('10:00:00') + tick * 5000;
    return Array.from({ length: DEVICES_PER_SITE }, (_, device) => ({
      device_id: `device-${i % SITES}-${device}`,
      site_id: `site-${i % SITES}`,
      seq: 100_000 + tick,
      temperature: device < breaching ? 95.125 + (i % 3) : 47.381 + (device % 11) + (tick % 7) / 16,
      cpu: 35.217 + (device % 13),
      ram: 48.902 + (device % 7),
      hd: 51.4,
      timestamp: new Date(at + device).toISOString(),
      timestamp_sent: '2026-01-31 10',
    }));
  });
}

const packed = (readings: Reading[][]) => batch(readings.map((lines) => record(lines)));
const single = (readings: Reading[][]) => batch(readings.flat().map((one) => record([one])));

/** The same devices, each with a thermometer only. */
const onlyTemperature = (readings: Reading[][]) =>
  readings.map((lines) => lines.map(({ cpu: _, ram: __, hd: ___, ...reading }) => reading));

/** The same devices, with a clock that writes no milliseconds, and no zone but its own. */
const otherClocks = (readings: Reading[][]) =>
  readings.map((lines) =>
    lines.map((reading) => ({
      ...reading,
      timestamp: reading.timestamp.replace(/\.\d{3}Z/, '.123456+00:00'),
    })),
  );

/** The shipped rules that judge each reading by itself. */
const thresholds = parseRules(rulesJson).filter(({ kind }) => kind === 'threshold');

/** `count` rules for temperature, each threshold a little higher; a quiet reading breaches none of them. */
const manyRules = (count: number): Rule[] =>
  parseRules({
    rules: Array.from({ length: count }, (_, i) => ({
      ...rulesJson.rules[0],
      name: `temperature-${i}`,
      threshold: 80 + i / 20,
      recoveryThreshold: 75,
      severity: [{ severity: 'warning' }],
    })),
  });

async function perReading(work: () => unknown): Promise<number> {
  for (let i = 0; i < WARM_UP; i += 1) await work();
  const rounds: number[] = [];
  for (let i = 0; i < MEASURED; i += 1) {
    const started = performance.now();
    await work();
    rounds.push(performance.now() - started);
  }
  rounds.sort((a, b) => a - b);
  return ((rounds[MEASURED / 2] ?? Number.NaN) / READINGS) * 1000;
}

function floor(event: KinesisStreamEvent) {
  return perReading(() => {
    let seen = 0;
    for (const { kinesis } of event.Records) {
      for (const line of Buffer.from(kinesis.data, 'base64').toString().split('\n')) {
        if ((JSON.parse(line) as Reading).seq > 0) seen += 1;
      }
    }
    if (seen !== READINGS) throw new Error(`Expected ${READINGS} readings, saw ${seen}`);
  });
}

function detector(event: KinesisStreamEvent, rules = parseRules(rulesJson)) {
  const aws = fakeAws();
  const { detector: detect, metric } = harness(rules, aws);
  return perReading(async () => {
    aws.items.clear();
    aws.published.length = 0;
    const { batchItemFailures } = await detect(event);
    if (batchItemFailures.length > 0 || metric('Readings').at(-1) !== READINGS)
      throw new Error('Not all went well');
  });
}

/** Each round brings new readings: what an environment has seen before, its memory passes over. */
function live(rules: Rule[]) {
  const rounds = Array.from({ length: WARM_UP + MEASURED }, (_, round) => packed(fleet(0, round)));
  const { detector: detect, metric } = harness(rules, fakeAws());
  let round = 0;
  return perReading(async () => {
    const { batchItemFailures } = await detect(rounds[round] as KinesisStreamEvent);
    round += 1;
    if (batchItemFailures.length > 0 || metric('Readings').at(-1) !== READINGS)
      throw new Error('Not all went well');
  });
}

const schema = z.object({
  device_id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  site_id: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  seq: z.int().min(0),
  temperature: z.number(),
  cpu: z.number().min(0).max(100),
  ram: z.number().min(0).max(100),
  hd: z.number().min(0).max(100),
  timestamp: z.iso.datetime({ precision: 3 }),
  timestamp_sent: z.string().regex(/^\d{4}-\d\d-\d\d \d\d$/),
});

function powertools(event: KinesisStreamEvent) {
  let seen = 0;
  const handleRecord = async ({ kinesis }: KinesisStreamRecord) => {
    const reading = schema.parse(JSON.parse(Buffer.from(kinesis.data, 'base64').toString()));
    if (reading.temperature < 80) seen += 1;
  };
  const processor = new BatchProcessor(EventType.KinesisDataStreams);
  return perReading(async () => {
    seen = 0;
    await processPartialResponse(event, handleRecord, processor, { context: {} as Context });
    if (seen !== READINGS) throw new Error(`Expected ${READINGS} readings, saw ${seen}`);
  });
}

const CONTENDERS = {
  'floor, packed': () => floor(packed(fleet(0))),
  'floor, one reading per record': () => floor(single(fleet(0))),
  'quiet, packed': () => live(parseRules(rulesJson)),
  'quiet, thresholds only, packed': () => live(thresholds),
  'floor, only temperature, packed': () => floor(packed(onlyTemperature(fleet(0)))),
  'quiet, only temperature, packed': () => detector(packed(onlyTemperature(fleet(0)))),
  'floor, other clocks, packed': () => floor(packed(otherClocks(fleet(0)))),
  'quiet, other clocks, packed': () => detector(packed(otherClocks(fleet(0)))),
  'quiet, one reading per record': () => detector(single(fleet(0))),
  'Powertools and zod, one reading per record': () => powertools(single(fleet(0))),
  '1 % breaching, packed': () => detector(packed(fleet(0.01))),
  '1 % breaching, one reading per record': () => detector(single(fleet(0.01))),
  'storm, every device, packed': () => detector(packed(fleet(1))),
  '1 rule, quiet, packed': () => detector(packed(fleet(0)), manyRules(1)),
  '10 rules, quiet, packed': () => detector(packed(fleet(0)), manyRules(10)),
  '100 rules, quiet, packed': () => detector(packed(fleet(0)), manyRules(100)),
  '1 rule, 1 % breaching, packed': () => detector(packed(fleet(0.01)), manyRules(1)),
  '10 rules, 1 % breaching, packed': () => detector(packed(fleet(0.01)), manyRules(10)),
  '100 rules, 1 % breaching, packed': () => detector(packed(fleet(0.01)), manyRules(100)),
};
type Contender = keyof typeof CONTENDERS;
const names = Object.keys(CONTENDERS) as Contender[];

const [argument = '5'] = process.argv.slice(2);
if (argument in CONTENDERS) {
  process.stdout.write(String(await CONTENDERS[argument as Contender]()));
} else {
  const results = inTurns(import.meta.url, names, Number(argument));
  const compared = (name: Contender, to: Contender, budget?: string) => ({
    name: `${name} / ${to}`,
    values: results[name],
    floor: results[to],
    ...(budget && { budget }),
  });
  printTable(
    'Detector: the whole handler',
    'µs per reading',
    names.map((name) => ({ name, values: results[name] })),
  );
  printTable('Detector: ratios', 'µs per reading, ratio', [
    compared('quiet, thresholds only, packed', 'floor, packed', '≤ 1.75'),
    compared('quiet, packed', 'floor, packed', '≤ 1.9'),
    compared('quiet, only temperature, packed', 'quiet, packed', '≤ 1.1'),
    compared('quiet, only temperature, packed', 'floor, only temperature, packed'),
    compared('quiet, other clocks, packed', 'floor, other clocks, packed'),
    compared('Powertools and zod, one reading per record', 'quiet, packed', '≥ 2.5'),
    compared('Powertools and zod, one reading per record', 'quiet, one reading per record'),
    compared('quiet, one reading per record', 'floor, one reading per record'),
    compared('1 % breaching, packed', 'floor, packed'),
    compared('storm, every device, packed', 'floor, packed'),
    compared('10 rules, quiet, packed', '1 rule, quiet, packed', '≤ 1.5'),
    compared('100 rules, quiet, packed', '1 rule, quiet, packed'),
    compared('10 rules, 1 % breaching, packed', '1 rule, 1 % breaching, packed', '≤ 1.5'),
    compared('100 rules, 1 % breaching, packed', '1 rule, 1 % breaching, packed'),
  ]);
}
