/**
 * How far a device is learnt, as its site's model says: the part of a model's item that others than the detector read.
 * services/detector/model-item.ts writes it.
 */

/** Before the numbers of a device's metrics: minutes since it was looked at. */
export const DEVICE_BYTES = 2;
/** Numbers of one metric, of which the first, 16 bits, is how many values were learnt from. */
export const METRIC_BYTES = 18;
/** Time that is learnt from before anything is called unusual. */
export const WARM_UP_MS = 2 * 86_400_000;

/** The attributes of an item that are read here. */
interface LearntItem {
  devices?: { S?: string | undefined } | undefined;
  metrics?: { S?: string | undefined } | undefined;
  usual?: { B?: Uint8Array | undefined } | undefined;
}

interface Learnt {
  metric: string;
  /** Values so far, one for each period. */
  values: number;
}

/** Of one device; undefined where the item is not about it. Nothing is learnt yet of a metric that is missing. */
export function learntOf({ devices, metrics, usual }: LearntItem, deviceId: string): Learnt[] | undefined {
  const place = devices?.S?.split(' ').indexOf(deviceId) ?? -1;
  if (place < 0 || usual?.B === undefined) return undefined;
  const names = metrics?.S?.split(' ').filter((name) => name !== '') ?? [];
  const { buffer, byteOffset, byteLength } = usual.B;
  const bytes = new DataView(buffer, byteOffset, byteLength);
  const start = place * (DEVICE_BYTES + names.length * METRIC_BYTES) + DEVICE_BYTES;
  if (start + names.length * METRIC_BYTES > byteLength) return undefined;
  return names
    .map((metric, i) => ({ metric, values: bytes.getUint16(start + i * METRIC_BYTES) }))
    .filter(({ values }) => values > 0);
}
