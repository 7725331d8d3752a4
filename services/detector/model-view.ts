/**
 * Which readings the model of a site has not seen: nearly always none, which one look-up a reading tells. The model itself
 * is kept as it is stored, which takes a tenth of the memory: it is wanted once a period.
 */
import type { Reading } from '../contract/reading.ts';
import { formatTimestamp, instantOf } from '../contract/time.ts';
import { fromModelItem, toModelItem } from './model-item.ts';
import type { Chunk, ModelTerms } from './site-model.ts';

type PackedChunk = Pick<Chunk, 'number' | 'version'> & {
  /** Undefined where it has no device. */
  item: ReturnType<typeof toModelItem> | undefined;
};

/** Stored values stay the same however often they are written and read. */
const pack = (chunk: Chunk): PackedChunk => ({
  ...{ number: chunk.number, version: chunk.version },
  item: chunk.devices.size > 0 ? toModelItem('', chunk, 0) : undefined,
});

const unpack = ({ number, version, item }: PackedChunk): Chunk => ({
  ...{ number, version },
  devices: (item && fromModelItem(item)?.devices) ?? new Map(),
});

/** Compares as later than any time. */
const NEVER = '~';

export class ModelView {
  readonly #packed: readonly PackedChunk[];
  readonly #terms: ModelTerms;
  /** From when on readings of a device are wanted. */
  readonly #wantedFrom = new Map<string, string>();

  constructor(chunks: readonly Chunk[], terms: ModelTerms) {
    this.#packed = chunks.map(pack);
    this.#terms = terms;
    // Nearly all have been looked at in the same period: they share its text.
    const texts = new Map<number, string>();
    for (const { devices } of chunks) {
      for (const [deviceId, { lookedAt }] of devices) {
        const from = texts.get(lookedAt) ?? formatTimestamp(lookedAt + terms.periodMs);
        texts.set(lookedAt, from);
        this.#wantedFrom.set(deviceId, from);
      }
    }
  }

  get chunks(): Chunk[] {
    return this.#packed.map(unpack);
  }

  /** Number of devices that it remembers. */
  get size(): number {
    return this.#wantedFrom.size;
  }

  /** The readings of one site that the model is to look at. */
  wanted(readings: readonly Reading[]): Reading[] {
    return readings.filter((reading) => {
      const from = this.#wantedFrom.get(reading.device_id) ?? this.#meet(reading);
      return instantOf(reading.timestamp) >= from;
    });
  }

  /** A device that is not in the model. */
  #meet({ site_id, device_id }: Reading): string {
    const from = this.#terms.metricsOf(site_id, device_id).length > 0 ? '' : NEVER;
    this.#wantedFrom.set(device_id, from);
    return from;
  }
}
