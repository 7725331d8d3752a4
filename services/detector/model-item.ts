/**
 * A chunk of a site's model as an item. A device takes its name and, in one binary attribute, the minutes since it was
 * looked at and 18 bytes a metric: at 100 devices and one metric, some 3 KB.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DEVICE_BYTES, METRIC_BYTES } from '../contract/learning.ts';
import { METRICS, type Metric } from '../contract/reading.ts';
import type { Chunk, DeviceModel } from './site-model.ts';
import type { Usual } from './usual.ts';

type Attributes = Record<string, AttributeValue>;

const MINUTE_MS = 60_000;
const MOST_MINUTES = 0xffff;

/** What an item says of its devices, and which stays the same when it is stored. */
const packed = new WeakMap<Chunk['devices'], Attributes>();

/** @param expiresAt when a site that sends no more may be forgotten, seconds since the epoch */
export function toModelItem(siteId: string, chunk: Chunk, expiresAt: number): Attributes {
  const devices = packed.get(chunk.devices) ?? pack(chunk.devices);
  packed.set(chunk.devices, devices);
  return {
    site_id: { S: siteId },
    chunk: { N: String(chunk.number) },
    version: { N: String(chunk.version) },
    ...devices,
    expires_at: { N: String(expiresAt) },
  };
}

function pack(devices: Chunk['devices']): Attributes {
  const models = [...devices.values()];
  const metrics = METRICS.filter((metric) => models.some((model) => model.metrics.has(metric)));
  const newest = Math.max(...models.map(({ lookedAt }) => lookedAt));
  const bytes = new DataView(new ArrayBuffer(models.length * (DEVICE_BYTES + metrics.length * METRIC_BYTES)));
  let at = 0;
  for (const { lookedAt, metrics: known } of models) {
    bytes.setUint16(at, Math.min(MOST_MINUTES, (newest - lookedAt) / MINUTE_MS));
    at += DEVICE_BYTES;
    for (const metric of metrics) {
      const usual = known.get(metric);
      if (usual) writeUsual(bytes, at, usual);
      at += METRIC_BYTES;
    }
  }
  return {
    looked_at: { N: String(newest) },
    devices: { S: [...devices.keys()].join(' ') },
    metrics: { S: metrics.join(' ') },
    usual: { B: new Uint8Array(bytes.buffer) },
  };
}

/** Undefined for an item that is none of ours: its devices are learnt again. */
export function fromModelItem(item: Attributes): Chunk | undefined {
  const [number, version, newest] = [item.chunk, item.version, item.looked_at].map((one) => Number(one?.N));
  const devices = item.devices?.S?.split(' ');
  const metrics = item.metrics?.S?.split(' ').filter((name) => name !== '');
  const data = item.usual?.B;
  if (devices === undefined || metrics === undefined || data === undefined) return undefined;
  if (![number, version, newest].every(Number.isFinite)) return undefined;
  const size = DEVICE_BYTES + metrics.length * METRIC_BYTES;
  if (data.length !== devices.length * size) return undefined;
  const bytes = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const read = (device: number): DeviceModel => ({
    lookedAt: (newest as number) - bytes.getUint16(device * size) * MINUTE_MS,
    metrics: new Map(
      metrics.flatMap((name, i) => {
        const metric = METRICS.find((known) => known === name);
        const usual = readUsual(bytes, device * size + DEVICE_BYTES + i * METRIC_BYTES);
        return metric && usual.n > 0 ? [[metric, usual] as [Metric, Usual]] : [];
      }),
    ),
  });
  return {
    ...{ number: number as number, version: version as number },
    devices: new Map(devices.map((deviceId, i) => [deviceId, read(i)])),
  };
}

function writeUsual(bytes: DataView, at: number, { n, mean, fast, power, peak }: Usual): void {
  bytes.setUint16(at, n);
  for (const [i, value] of [mean, fast, power, peak].entries()) bytes.setFloat32(at + 2 + i * 4, value);
}

function readUsual(bytes: DataView, at: number): Usual {
  const [mean = 0, fast = 0, power = 0, peak = 0] = [0, 1, 2, 3].map((i) => bytes.getFloat32(at + 2 + i * 4));
  return { n: bytes.getUint16(at), mean, fast, power, peak };
}
