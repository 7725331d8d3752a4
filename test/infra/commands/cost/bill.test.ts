import { describe, expect, it } from 'vitest';
import { remarksOn, turnsFor } from '../../../../infra/commands/cost/advice.ts';
import { type Bill, billOf } from '../../../../infra/commands/cost/bill.ts';
import { FIREHOSE_TIERS, tiered } from '../../../../infra/commands/cost/prices.ts';
import type { Design } from '../../../../infra/commands/cost/template.ts';
import { type Fleet, trafficOf } from '../../../../infra/commands/cost/traffic.ts';

const design: Design = {
  stream: { mode: 'provisioned', shards: 1, retentionHours: 24 },
  consumers: 0,
  detector: { memoryMb: 512, architecture: 'arm64', traced: true },
  mapping: { batchSize: 100, windowSeconds: 1, lanesPerShard: 1 },
  delivery: { bufferSeconds: 60, bufferMb: 128, partitioned: true, jq: true },
  models: { metrics: 0, periodSeconds: 300 },
  trusted: true,
  watchdog: { memoryMb: 256, architecture: 'arm64', everyMinutes: 1 },
  presence: true,
  alarmMetrics: 20,
  dashboards: 1,
  keys: 1,
  customMetrics: { steady: 8, rare: 6 },
};
const fleet: Fleet = {
  devices: 10_000,
  intervalSeconds: 5,
  devicesPerSite: 100,
  packed: true,
  readingBytes: 220,
};

const usd = ({ items }: Bill, service: string, what: string) =>
  items.find((item) => item.service === service && item.what === what)?.usd;

describe('the traffic', () => {
  it('is one record for each poll of a site, as large as the packer makes it', () => {
    expect(trafficOf(fleet, design)).toMatchObject({
      ...{ readingsPerSecond: 2000, recordsPerSecond: 20, recordBytes: 100 * 221 - 1 },
      ...{
        shards: 1,
        neededShards: 1,
        invocationsPerSecond: 1,
        recordsPerInvocation: 20,
        sitesPerInvocation: 20,
      },
    });
    // 111 readings of 220 bytes fit into 24 KB, so 200 go in two records.
    expect(trafficOf({ ...fleet, devicesPerSite: 200 }, design).recordsPerSecond).toBe(20);
  });

  it('uses the shards that it needs, by bytes or by records', () => {
    // 22.1 MB/s at 80 % of a shard's 1 MB/s; one reading per record: 100,000 records/s at 80 % of 1000/s.
    const large = { ...fleet, devices: 1_000_000, intervalSeconds: 10 };
    expect(trafficOf(large, design).shards).toBe(28);
    expect(trafficOf({ ...large, packed: false }, design).shards).toBe(125);
    expect(
      trafficOf(fleet, { ...design, stream: { ...design.stream, mode: 'provisioned', shards: 4 } }).shards,
    ).toBe(4);
  });

  it('fills batches, or waits for the window or for a record', () => {
    const perSecond = (more: Partial<Fleet>, window = 1) =>
      trafficOf({ ...fleet, ...more }, { ...design, mapping: { ...design.mapping, windowSeconds: window } })
        .invocationsPerSecond;
    expect(perSecond({ packed: false })).toBeCloseTo(20);
    expect(perSecond({}, 5)).toBeCloseTo(0.2);
    // Polled once a second, whatever the window.
    expect(perSecond({}, 0)).toBeCloseTo(1);
    expect(perSecond({ devices: 100 })).toBeCloseTo(0.2);
  });
});

describe('the bill', () => {
  it('has the models of devices, where some rule asks what is usual', () => {
    const bill = (metrics: number, periodSeconds = 300) =>
      billOf({ ...design, models: { metrics, periodSeconds } }, fleet);
    expect(usd(bill(0), 'DynamoDB', 'models written')).toBeUndefined();
    // 100 sites, 8,760 periods, 200 + 100 · 28 bytes: 3 write units and one read unit each.
    expect(usd(bill(1), 'DynamoDB', 'models written')).toBeCloseTo(100 * 8760 * 3 * 0.625e-6, 6);
    expect(usd(bill(1), 'DynamoDB', 'models read')).toBeCloseTo(100 * 8760 * 0.125e-6, 6);
    expect(usd(bill(1, 900), 'DynamoDB', 'models written')).toBeCloseTo(100 * 2920 * 3 * 0.625e-6, 6);
  });

  it('is what a calculation by hand gives', () => {
    // A month has 2,628,000 s: 52.56 million records, each billed by Firehose as 25 KB.
    const bill = billOf(design, fleet);
    expect(usd(bill, 'Kinesis', 'shards')).toBeCloseTo(10.95, 2);
    expect(usd(bill, 'Kinesis', 'put')).toBeCloseTo(0.736, 3);
    expect(usd(bill, 'Firehose', 'ingestion')).toBeCloseTo(1253.13 * 0.029, 2);
    expect(usd(bill, 'Firehose', 'conversion')).toBeCloseTo(1253.13 * 0.018, 2);
    expect(usd(bill, 'Firehose', 'partitioning')).toBeCloseTo(122.38 * 0.02, 2);
    expect(usd(bill, 'Firehose', 'files')).toBeCloseTo(0.219, 3);
    expect(usd(bill, 'Lambda', 'requests')).toBeCloseTo(0.526, 3);
    // 15 ms plus 2000 readings at 3 µs × 1769/512, with half a gigabyte.
    expect(usd(bill, 'Lambda', 'duration')).toBeCloseTo(2_628_000 * 0.035731 * 0.5 * 0.0000133334, 3);
    expect(usd(bill, 'DynamoDB', 'reads')).toBeCloseTo(6.57, 2);
    expect(usd(bill, 'X-Ray', 'traces')).toBeCloseTo(13.14 + 43_800 * 5e-6, 2);
    // 25 bytes of Parquet each, read seven times.
    expect(usd(bill, 'S3', 'their trusted copy')).toBeCloseTo(122.38 * 0.023, 2);
    expect(usd(bill, 'Athena', 'trusted layer')).toBeCloseTo((122.38 * 7 * 5) / 1024, 2);
    expect(usd(bill, 'CloudWatch', 'custom metrics')).toBeCloseTo(8.6 * 0.3, 2);
    expect(bill.total).toBeCloseTo(
      bill.items.reduce((sum, item) => sum + item.usd, 0),
      6,
    );
    expect(bill.perMillion).toBeCloseTo(bill.total / 5256, 6);
  });

  it('counts each reading as 5 KB if it is sent alone', () => {
    const alone = billOf(design, { ...fleet, packed: false });
    const gb = (5256e6 * 5120) / 1024 ** 3;
    expect(usd(alone, 'Firehose', 'ingestion')).toBeCloseTo(gb * 0.029, 2);
    expect(usd(alone, 'Kinesis', 'put')).toBeCloseTo(5256 * 0.014, 2);
  });

  it('gets cheaper with the volume at Firehose', () => {
    expect(tiered(100, FIREHOSE_TIERS)).toBeCloseTo(2.9);
    expect(tiered(3_000_000, FIREHOSE_TIERS)).toBeCloseTo(
      500_000 * 0.029 + 1_500_000 * 0.025 + 1_000_000 * 0.02,
    );
  });

  it('pays for a consumer by the shard-hour and by the byte', () => {
    const bill = billOf({ ...design, consumers: 1 }, fleet);
    expect(usd(bill, 'Kinesis', 'consumers')).toBeCloseTo(0.015 * 730, 1);
    expect(usd(bill, 'Kinesis', 'pushed')).toBeGreaterThan(10);
    expect(usd(billOf(design, fleet), 'Kinesis', 'consumers')).toBeUndefined();
  });

  it('pays for retention beyond a day, and for an on-demand stream by the byte', () => {
    const week = billOf(
      { ...design, stream: { mode: 'provisioned', shards: 2, retentionHours: 168 } },
      fleet,
    );
    expect(usd(week, 'Kinesis', 'retention')).toBeCloseTo(2 * 730 * 0.02);
    const onDemand = billOf({ ...design, stream: { mode: 'on-demand', retentionHours: 24 } }, fleet);
    // 22,099 bytes are 22 KB of input; mapping and Firehose both read them.
    expect(usd(onDemand, 'Kinesis', 'in')).toBeCloseTo(((52.56e6 * 22 * 1024) / 1024 ** 3) * 0.08, 2);
    expect(usd(onDemand, 'Kinesis', 'out')).toBeCloseTo(2 * 1081.76 * 0.04, 2);
    expect(usd(onDemand, 'Kinesis', 'shards')).toBeUndefined();
  });
});

/** Calculated by hand for the design: arrival partitions, full records, ten alarms, a dashboard, no X-Ray. */
describe('the designs that this one was chosen from', () => {
  const plain: Design = {
    ...design,
    detector: { ...design.detector, traced: false },
    delivery: { ...design.delivery, partitioned: false },
    trusted: false,
    alarmMetrics: 10,
    keys: 0,
    customMetrics: { steady: 0, rare: 0 },
  };
  const naive: Design = {
    ...plain,
    stream: { mode: 'on-demand', retentionHours: 24 },
    detector: { ...plain.detector, architecture: 'x86_64' },
  };
  const sizes = [
    [100, 5],
    [10_000, 5],
    [1_000_000, 10],
  ] as const;
  const of = (devices: number, intervalSeconds: number, packed: boolean): Fleet => ({
    ...{ devices, intervalSeconds, packed },
    // 111 readings fill a record.
    ...{ devicesPerSite: 111, readingBytes: 220 },
  });
  const within = (share: number, actual: number, expected: number) =>
    expect(Math.abs(actual / expected - 1), `$${actual.toFixed(2)} beside $${expected}`).toBeLessThan(share);

  it.each([
    [...sizes[0], 17.5],
    [...sizes[1], 89],
    [...sizes[2], 3505],
  ])('packed: %i devices every %i s for $%d a month', (devices, interval, expected) => {
    within(0.1, billOf(plain, of(devices, interval, true)).total, expected);
  });

  it.each([
    [...sizes[0], 55],
    [...sizes[1], 1730],
    [...sizes[2], 81_865],
  ])('a record per reading: %i devices every %i s for $%d a month', (devices, interval, expected) => {
    const bill = billOf(naive, of(devices, interval, false));
    // That design does not read a state table.
    within(0.1, bill.total - (usd(bill, 'DynamoDB', 'reads') ?? 0), expected);
  });

  it.each([
    [...sizes[0], 121],
    [...sizes[1], 1411],
    [...sizes[2], 62_313],
  ])(
    'straight into Firehose, with a crawler: %i devices every %i s for $%d a month',
    (devices, interval, expected) => {
      const bill = billOf(naive, of(devices, interval, false));
      const firehose = bill.items
        .filter(({ service }) => service === 'Firehose')
        .reduce((sum, item) => sum + item.usd, 0);
      // Two DPU for ten minutes an hour, at $0.44 per DPU-hour.
      const crawler = 730 * 2 * (10 / 60) * 0.44;
      within(0.11, firehose + crawler, expected);
    },
  );

  it('would be $1,214 a month for 10,000 devices if Firehose billed after splitting records', () => {
    const packed = billOf(plain, of(10_000, 5, true));
    const taken = billOf(plain, of(10_000, 5, false));
    const firehose = (bill: Bill) =>
      (usd(bill, 'Firehose', 'ingestion') ?? 0) + (usd(bill, 'Firehose', 'conversion') ?? 0);
    within(0.05, packed.total - firehose(packed) + firehose(taken), 1214);
  });
});

describe('advice', () => {
  it('names what saves most first, and nothing that is already done', () => {
    const turns = turnsFor(design, billOf(design, fleet));
    expect(turns.map(({ saves }) => saves)).toEqual(turns.map(({ saves }) => saves).sort((a, b) => b - a));
    expect(turns[0]?.what).toContain('X-Ray');
    expect(turns.map(({ what }) => what).join()).toContain('dynamic partitioning');
    const turned: Design = {
      ...design,
      detector: { ...design.detector, traced: false },
      delivery: { ...design.delivery, partitioned: false },
    };
    const left = turnsFor(turned, billOf(turned, fleet)).map(({ what }) => what);
    expect(left.join()).not.toMatch(/X-Ray|dynamic/);
  });

  it('says what depends on a word in the price list', () => {
    const remarks = (of: Design) => remarksOn(of, billOf(of, fleet)).join();
    // 1081.76 GB come in, 122.38 GB are delivered.
    expect(remarks(design)).toContain('Were it billed by what comes in: 19 dollars a month more.');
    const byArrival = { ...design, delivery: { ...design.delivery, partitioned: false } };
    expect(remarks(byArrival)).not.toContain('Partitioning');
  });

  it('is to pack readings that are sent alone', () => {
    const alone = { ...fleet, packed: false };
    const [first] = turnsFor(design, billOf(design, alone));
    expect(first?.what).toContain('Pack');
    expect(first?.saves).toBeCloseTo(billOf(design, alone).total - billOf(design, fleet).total);
  });
});

describe('what sites cost', () => {
  it('is a note of each every two minutes, and one look at all of them a minute', () => {
    const bill = billOf(design, fleet);
    const looks = 43_800;
    // 100 sites, each written into the table and into its index.
    expect(usd(bill, 'DynamoDB', 'presence of sites')).toBeCloseTo(((100 * looks) / 2) * 2 * 0.625e-6);
    expect(usd(bill, 'DynamoDB', "watchdog's reads")).toBeCloseTo(
      looks * (2 + (100 * 150) / 4096 / 2) * 0.125e-6,
    );
    expect(usd(bill, 'Scheduler', 'invocations')).toBeCloseTo(looks * 1e-6);
    expect(usd(bill, 'Lambda', "watchdog's duration")).toBeCloseTo(looks * 0.06 * 0.25 * 0.0000133334);
  });

  it('is nothing where the template has neither', () => {
    const without = billOf({ ...design, watchdog: undefined, presence: false }, fleet);
    const services = without.items.map(({ service, what }) => `${service} ${what}`);
    expect(services.filter((one) => /watchdog|presence|Scheduler/.test(one))).toEqual([]);
  });
});
