import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { synthesizeTemplate } from '../../../../infra/cli/synth.ts';
import { UserError } from '../../../../infra/cli/user-error.ts';
import { billOf } from '../../../../infra/commands/cost/bill.ts';
import { OWN_METRICS, runCost } from '../../../../infra/commands/cost/cost.ts';
import { measuredRows, readMeasured } from '../../../../infra/commands/cost/measured.ts';
import { PRICES } from '../../../../infra/commands/cost/prices.ts';
import { readDesign, remarkOnUnpriced } from '../../../../infra/commands/cost/template.ts';
import { type Synthesized, synthesize } from '../../aws/support/synth.ts';
import { listen } from '../support/listen.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamwatch-cost-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Synthesized once, with the defaults: on a busy machine it takes a second. */
const plain = synthesize();
const inProcess: typeof synthesizeTemplate = async () => ({ Resources: plain.resources });

const notAsked = () => {
  throw new Error('An estimate asks AWS nothing');
};

async function run(argv: string[], synthesis = inProcess) {
  const { said, io } = listen();
  const code = await runCost([...argv, '--dir', folder], { ...io, synthesize: synthesis, actual: notAsked });
  return { code, ...said };
}
const designOf = ({ resources }: Pick<Synthesized, 'resources'>) =>
  readDesign({ Resources: resources }, OWN_METRICS);

const session = {
  started_at: '2026-11-22T10:00:00.000Z',
  ended_at: '2026-11-22T10:05:00.000Z',
  readings: 50_000,
  invocations: 300,
  calls: { 'kinesis.PutRecords': 500, 'dynamodb.Query': 999 },
  detector_calls: { 'dynamodb.Query': 600, 'dynamodb.PutItem': 40, 'sns.Publish': 10 },
};

describe('the design of a template', () => {
  it('is read from the resources, each setting from its own resource', () => {
    const context = {
      ...{
        shards: 7,
        streamRetentionHours: 48,
        batchSize: 11,
        batchWindowSeconds: 13,
        parallelizationFactor: 3,
      },
      ...{ detectorMemoryMb: 1024, deliveryBufferMb: 99, deliveryBufferSeconds: 77 },
    };
    expect(designOf(synthesize(context))).toMatchObject({
      stream: { mode: 'provisioned', shards: 7, retentionHours: 48 },
      detector: { memoryMb: 1024, architecture: 'arm64' },
      mapping: { batchSize: 11, windowSeconds: 13, lanesPerShard: 3 },
      delivery: { bufferMb: 99, bufferSeconds: 77 },
    });
    expect(designOf(synthesize({ streamMode: 'on-demand' })).stream).toEqual({
      mode: 'on-demand',
      retentionHours: 24,
    });
  });

  it('counts an alarm on an expression once for each of its metrics', () => {
    const { all } = plain;
    const alarms = all('AWS::CloudWatch::Alarm');
    const { alarmMetrics, dashboards, keys } = designOf(plain);
    expect(alarmMetrics).toBeGreaterThan(alarms.length);
    expect([dashboards, keys]).toEqual([
      all('AWS::CloudWatch::Dashboard').length,
      all('AWS::KMS::Key').length,
    ]);
  });

  it('counts the metrics that a mapping publishes', () => {
    const resources = structuredClone(plain.resources);
    const [id = ''] = plain.all('AWS::Lambda::EventSourceMapping')[0] ?? [];
    const mapping = resources[id];
    if (mapping) mapping.Properties.MetricsConfig = { Metrics: ['EventCount'] };
    const { steady } = designOf(plain).customMetrics;
    expect(designOf({ resources }).customMetrics.steady).toBe(steady + 6);
  });

  it('finds the detector by its mapping, and the watchdog by its schedule', () => {
    const { detector, watchdog, presence } = designOf(plain);
    expect(detector).toMatchObject({ memoryMb: 512 });
    expect(watchdog).toEqual({ memoryMb: 256, architecture: 'arm64', everyMinutes: 1 });
    expect(presence).toBe(true);
  });

  it('is refused for a different template', () => {
    expect(() => readDesign({ Resources: {} }, OWN_METRICS)).toThrow(
      new UserError('Expected one AWS::Kinesis::Stream in the template, found 0'),
    );
  });

  it('is that of the detector, whatever other functions and ways in there are', () => {
    const all = synthesize({ edgeHttp: 'on', edgeMqtt: 'on' });
    expect(designOf(all).detector).toEqual(designOf(plain).detector);
    expect(remarkOnUnpriced({ Resources: all.resources })).toEqual([]);
  });

  it('names what it leaves out', () => {
    const Resources = { Rest: { Type: 'AWS::AppSync::GraphQLApi' }, Topic: { Type: 'AWS::SNS::Topic' } };
    expect(remarkOnUnpriced({ Resources })).toEqual([
      'Not in the bill either: what AWS::AppSync::GraphQLApi does.',
    ]);
  });

  const fleet = { intervalSeconds: 5, devicesPerSite: 100, packed: true, readingBytes: 220 };

  it('makes packing worth an order of magnitude', () => {
    const design = designOf(plain);
    const packed = billOf(design, { ...fleet, devices: 10_000 }).total;
    expect(billOf(design, { ...fleet, devices: 10_000, packed: false }).total).toBeGreaterThan(10 * packed);
  });

  it('costs no more than its budget, at list price', () => {
    const design = designOf(plain);
    expect(billOf(design, { ...fleet, devices: 100 }).total).toBeLessThanOrEqual(20);
    expect(billOf(design, { ...fleet, devices: 10_000 }).perMillion).toBeLessThanOrEqual(0.02);
  });
});

describe('npm run cost', () => {
  it('prints a bill of the synthesized template, with the settings asked for', async () => {
    writeFileSync(join(folder, 'calls.json'), JSON.stringify(session));
    const { code, stdout, stderr } = await run(
      ['--devices', '10000', '--interval', '5', '-c', 'shards=3'],
      synthesizeTemplate,
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/shards +2,190 +\$32\.85/);
    expect(stdout).toContain('per million readings');
    expect(stdout).toMatch(/One reading per record would cost \$1,\d{3} a month/);
    expect(stdout).toMatch(/Measured in the last local session \(50,000 readings/);
    expect(stdout).toMatch(/DynamoDB Query +600 → 12,000 +\$0\.00/);
  });

  it('prints the same as JSON', async () => {
    const { stdout } = await run(['--devices', '100', '--interval', '5', '--unpacked', '--json']);
    const bill = JSON.parse(stdout);
    expect(bill).toMatchObject({
      fleet: { devices: 100, intervalSeconds: 5, packed: false },
      other: { fleet: { packed: true } },
      prices: { region: 'us-east-1', as_of: '2026-11' },
    });
    expect(bill.total).toBeGreaterThan(bill.other.total);
  });

  it("shows the CDK app's own words about a setting that it refuses", async () => {
    expect(
      await run(['--devices', '1', '--interval', '5', '-c', 'shards=0'], synthesizeTemplate),
    ).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^error: shards: /),
    });
  });

  it.each([
    [[], /required option '--devices <n>' not specified/],
    [['--devices', '0', '--interval', '5'], /Expected a whole number from 1 to/],
    [['--devices', '1', '--interval', 'x'], /Expected seconds, such as 5/],
    [['--devices', '1', '--interval', '5', '--region', 'eu-west-1'], /Allowed choices are us-east-1/],
    [['--devices', '1', '--interval', '5', '-c', 'shards'], /Expected name=value/],
  ])('%j is a misuse', async (argv, message) => {
    const { code, stderr } = await run(argv);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('has help of 80 columns', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });
});

describe('the last local session', () => {
  it("is shown per million readings, with the detector's calls only", () => {
    expect(measuredRows(session)).toEqual([
      { what: 'Lambda invocations', calls: 300, perMillion: 6000, usd: 6000 * PRICES.lambdaRequest.usd },
      { what: 'DynamoDB Query', calls: 600, perMillion: 12_000, usd: 12_000 * PRICES.readUnit.usd },
      { what: 'DynamoDB PutItem', calls: 40, perMillion: 800, usd: 800 * PRICES.writeUnit.usd },
      { what: 'DynamoDB INSERT', calls: 0, perMillion: 0, usd: 0 },
      { what: 'SNS Publish', calls: 10, perMillion: 200, usd: 200 * PRICES.publish.usd },
    ]);
  });

  it.each(['{', '{}'])('is left out if the file does not describe one: %s', (text) => {
    writeFileSync(join(folder, 'calls.json'), text);
    expect(readMeasured(folder)).toBeUndefined();
    expect(readMeasured(join(folder, 'nowhere'))).toBeUndefined();
  });
});
