/** The memory of what is usual must not depend on who has it, how often a batch comes, or what fails in between. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reading } from '../../../services/contract/reading.ts';
import { fromModelItem, toModelItem } from '../../../services/detector/model-item.ts';
import { createModels } from '../../../services/detector/models.ts';
import { shiftOf } from '../../../services/detector/period-shift.ts';
import {
  CHUNK_DEVICES,
  type Chunk,
  foldModel,
  type ModelTerms,
} from '../../../services/detector/site-model.ts';
import { paceOf } from '../../../services/detector/usual.ts';
import { Random } from '../../../simulator/random.ts';
import { knownTo, type ModelTable, modelTable } from './support/model-table.ts';

const PERIOD_MS = 300_000;
/** The beginning of a period of the site. */
const START_MS = Date.UTC(2026, 0, 5, 8) + shiftOf('site-a', PERIOD_MS);
const TERMS: ModelTerms = { periodMs: PERIOD_MS, pace: paceOf(PERIOD_MS), metricsOf: () => ['cpu'] };

const reading = (device: string, atMs: number, cpu: number): Reading => ({
  ...{ device_id: device, site_id: 'site-a', seq: Math.round((atMs - START_MS) / 1000), cpu },
  ...{ timestamp: new Date(atMs).toISOString(), timestamp_sent: '2026-01-05 08' },
});

/** A batch every `everyMs`: of all devices, or of a part of them by turns. */
function batches(periods: number, devices: number, parts: number, seed = 1): Reading[][] {
  const random = new Random(seed, 0);
  const everyMs = PERIOD_MS / (parts * 2);
  return Array.from({ length: periods * parts * 2 }, (_, i) =>
    Array.from({ length: devices }, (_, d) => `dev-${d}`)
      .filter((_, d) => d % parts === i % parts)
      .map((device) => reading(device, START_MS + i * everyMs, random.between(20, 40))),
  );
}

async function undisturbed(stream: readonly Reading[][]): Promise<ModelTable> {
  const table = modelTable();
  const models = createModels(table, TERMS);
  for (const batch of stream) {
    const look = await models.look('site-a', batch);
    if (look) await models.keep(look);
  }
  return table;
}

/** Four environments, batches up to three times, at once or one after the other, and rewinds of 40 batches. */
async function disturbed(stream: readonly Reading[][], random: Random): Promise<ModelTable> {
  const table = modelTable();
  const environments = Array.from({ length: 4 }, () => createModels(table, TERMS));
  for (let i = 0; i < stream.length; i++) {
    const times = random.integer(1, 3);
    const chosen = Array.from({ length: times }, () => random.pick(environments));
    const batch = stream[i] as Reading[];
    if (random.unit() < 0.5) {
      // Each has looked before the first one writes.
      const looks = await Promise.all(chosen.map((models) => models.look('site-a', batch)));
      for (const [k, look] of looks.entries()) if (look) await chosen[k]?.keep(look);
    } else {
      for (const models of chosen) {
        const look = await models.look('site-a', batch);
        if (look) await models.keep(look);
      }
    }
    if (i > 40 && random.unit() < 0.005) i -= 40;
  }
  return table;
}

describe('the model of a site', () => {
  it('is the same over four environments, repeats and rewinds: one write a period', async () => {
    const stream = batches(400, 40, 1);
    const [once, often] = [await undisturbed(stream), await disturbed(stream, new Random(7, 0))];
    expect(once.counts).toEqual({ reads: 400, writes: 400, conflicts: 0 });
    expect(often.counts.writes).toBe(400);
    expect(often.counts.conflicts).toBeGreaterThan(50);
    expect(knownTo(often)).toEqual(knownTo(once));
  });

  it('is the same where each batch has some of the devices', async () => {
    const stream = batches(60, 40, 4);
    const [once, often] = [await undisturbed(stream), await disturbed(stream, new Random(8, 0))];
    expect(once.counts.writes).toBe(240);
    expect(knownTo(often)).toEqual(knownTo(once));
  });

  it('is not read where nothing is stored of its site; if there is one, the next batch looks at what it says', async () => {
    const [first, second] = [[reading('dev-0', START_MS, 30)], [reading('dev-0', START_MS + 1000, 40)]];
    const table = modelTable();
    const [one, other] = [createModels(table, TERMS), createModels(table, TERMS)];
    const looks = await Promise.all(
      [one, other].map((models) => models.look('site-a', first, undefined, true)),
    );
    expect(table.counts).toEqual({ reads: 0, writes: 0, conflicts: 0 });
    for (const [i, models] of [one, other].entries()) if (looks[i]) await models.keep(looks[i]);
    expect(table.counts).toEqual({ reads: 0, writes: 1, conflicts: 1 });
    expect(await other.look('site-a', second)).toBeUndefined();
    expect(table.counts).toEqual({ reads: 1, writes: 1, conflicts: 1 });
    expect(knownTo(table)).toEqual(knownTo(await undisturbed([first, second])));
  });

  it('is read again where so many devices came since that it was forgotten, and is the same', async () => {
    const stream = batches(6, 10, 2);
    const table = modelTable();
    const models = createModels(table, TERMS, 8);
    for (const batch of stream) {
      for (const site of ['site-a', 'site-b']) {
        const look = await models.look(site, batch);
        if (look) await models.keep(look);
      }
      expect(['site-a', 'site-b'].filter((site) => models.knows(site))).toHaveLength(1);
    }
    const ofSiteA = knownTo(table).filter(([key]) => String(key).startsWith('site-a'));
    expect(ofSiteA).toEqual(knownTo(await undisturbed(stream)));
  });

  it('is the same if writes fail, or the function ends after its incidents and before its model', async () => {
    const stream = batches(40, 10, 1);
    const table = modelTable();
    const random = new Random(9, 0);
    let models = createModels(table, TERMS);
    for (const batch of stream) {
      for (let done = false; !done; ) {
        const look = await models.look('site-a', batch);
        if (look && random.unit() < 0.3) {
          models = createModels(table, TERMS);
          continue;
        }
        table.failing = random.unit() < 0.3;
        done = await (look ? models.keep(look) : Promise.resolve()).then(
          () => true,
          () => false,
        );
      }
    }
    expect(knownTo(table)).toEqual(knownTo(await undisturbed(stream)));
  });

  it('is read once a period by each environment, and not at all in between', async () => {
    const table = modelTable();
    const [one, other] = [createModels(table, TERMS), createModels(table, TERMS)];
    const stream = batches(10, 5, 1);
    for (const batch of stream) {
      for (const models of [one, other]) {
        const look = await models.look('site-a', batch);
        if (look) await models.keep(look);
      }
    }
    expect(table.counts).toEqual({ reads: 20, writes: 10, conflicts: 0 });
  });

  it('takes new devices into the first chunk with room', async () => {
    const stream = batches(2, CHUNK_DEVICES, 1);
    const table = await undisturbed(stream);
    const models = createModels(table, TERMS);
    const more = ['new-1', 'new-2'].map((device) => reading(device, START_MS + 2 * PERIOD_MS, 30));
    const look = await models.look('site-a', more);
    if (look) await models.keep(look);
    expect([...table.items].map(([key, { devices }]) => [key, devices?.S?.split(' ').length])).toEqual([
      ['site-a/0', CHUNK_DEVICES],
      ['site-a/1', 2],
    ]);
  });

  it('looks at readings of several periods in their order, and at late ones not at all', () => {
    const at = (period: number, cpu: number) => reading('dev-1', START_MS + period * PERIOD_MS, cpu);
    const late = foldModel([], [at(3, 30), at(1, 10), at(2, 20), at(2, 22)], TERMS);
    const inOrder = foldModel([], [at(1, 10), at(2, 20), at(2, 22), at(3, 30)], TERMS);
    expect(late.chunks).toEqual(inOrder.chunks);
    expect(late.outlooks.size).toBe(3);
    expect(foldModel(late.chunks, [at(2, 90), at(3, 90)], TERMS)).toMatchObject({ changed: [] });
  });

  it('forgets a device that has not spoken for a month', () => {
    const first = foldModel([], [reading('gone', START_MS, 30), reading('here', START_MS, 30)], TERMS);
    const later = foldModel(first.chunks, [reading('here', START_MS + 31 * 86_400_000, 30)], TERMS);
    expect([...(later.chunks[0]?.devices.keys() ?? [])]).toEqual(['here']);
  });

  it('needs no table for devices that no rule wants a model of', async () => {
    const table = modelTable();
    const models = createModels(table, { ...TERMS, metricsOf: () => [] });
    for (const batch of batches(3, 5, 1)) expect(await models.look('site-a', batch)).toBeUndefined();
    expect(table.counts).toEqual({ reads: 1, writes: 0, conflicts: 0 });
  });
});

describe('an item', () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  const usual = fc.record({
    ...{ n: fc.integer({ min: 1, max: 0xffff }), mean: float, fast: float, power: float, peak: float },
  });
  const device = fc.record({
    minutes: fc.integer({ min: 0, max: 0xffff }),
    cpu: usual,
    ram: fc.option(usual),
  });

  it('holds a chunk exactly', () => {
    const property = fc.property(fc.array(device, { minLength: 1, maxLength: 20 }), (devices) => {
      const newest = START_MS + Math.max(...devices.map(({ minutes }) => minutes)) * 60_000;
      const chunk: Chunk = {
        ...{ number: 3, version: 9 },
        devices: new Map(
          devices.map(({ minutes, cpu, ram }, i) => [
            `dev-${i}`,
            {
              lookedAt: newest - minutes * 60_000,
              metrics: new Map([['cpu', cpu] as const, ...(ram ? [['ram', ram] as const] : [])]),
            },
          ]),
        ),
      };
      // The oldest decides what the times are counted from.
      const shift = Math.min(...devices.map(({ minutes }) => minutes)) * 60_000;
      const back = fromModelItem(toModelItem('site-a', chunk, 0)) as Chunk;
      expect([...back.devices].map(([id, { lookedAt }]) => [id, lookedAt])).toEqual(
        [...chunk.devices].map(([id, { lookedAt }]) => [id, lookedAt]),
      );
      expect(shift).toBeGreaterThanOrEqual(0);
      expect({ ...back, devices: metricsIn(back) }).toEqual({ ...chunk, devices: metricsIn(chunk) });
    });
    fc.assert(property, { numRuns: 50 });
  });

  const metricsIn = ({ devices }: Chunk) =>
    [...devices].map(([id, { metrics }]) => [id, [...metrics].sort(([a], [b]) => (a < b ? -1 : 1))]);

  it('of 100 devices and one metric takes three write units', () => {
    const devices = Array.from({ length: CHUNK_DEVICES }, (_, i) => reading(`dev-${i}`, START_MS, 30));
    const [chunk] = foldModel([], devices, TERMS).chunks;
    const item = toModelItem('port-janickport-1', chunk as Chunk, 1_800_000_000);
    const bytes = Object.entries(item).reduce(
      (sum, [name, { S, N, B }]) => sum + name.length + (S ?? N ?? '').length + (B?.length ?? 0),
      0,
    );
    expect(bytes).toBeLessThan(3 * 1024);
  });

  it('of a device whose clock is at 1970 is one that DynamoDB takes', async () => {
    const stream = Array.from({ length: 3 }, (_, period) => [
      ...Array.from({ length: CHUNK_DEVICES }, (_, i) =>
        reading(`dev-${i}`, START_MS + period * PERIOD_MS, 30),
      ),
      reading('old', 60_000 + period * PERIOD_MS, 30),
    ]);
    const table = await undisturbed(stream);
    for (const item of table.items.values()) expect(Number.isFinite(Number(item.looked_at?.N))).toBe(true);
    const old = (await table.site('site-a')).flatMap(({ devices }) => devices.get('old') ?? []);
    expect(old.map(({ metrics }) => metrics.get('cpu')?.n)).toEqual([3]);
  });

  it('that is none of ours is learnt again', () => {
    expect(fromModelItem({})).toBeUndefined();
    const [chunk] = foldModel([], [reading('dev-1', START_MS, 30)], TERMS).chunks;
    const item = toModelItem('site-a', chunk as Chunk, 0);
    expect(fromModelItem({ ...item, usual: { B: new Uint8Array(3) } })).toBeUndefined();
  });
});
