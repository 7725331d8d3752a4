/** Which readings the model of a site has not seen: nearly always none, which one look-up a reading tells. */
import type { Reading } from '../contract/reading.ts';
import { formatTimestamp, instantOf } from '../contract/time.ts';
import type { Chunk, ModelTerms } from './site-model.ts';

/** Compares as later than any time. */
const NEVER = '~';

export class ModelView {
  readonly chunks: readonly Chunk[];
  readonly #terms: ModelTerms;
  /** From when on readings of a device are wanted. */
  readonly #wantedFrom = new Map<string, string>();

  constructor(chunks: readonly Chunk[], terms: ModelTerms) {
    this.chunks = chunks;
    this.#terms = terms;
    for (const { devices } of chunks) {
      for (const [deviceId, { lookedAt }] of devices) {
        this.#wantedFrom.set(deviceId, formatTimestamp(lookedAt + terms.periodMs));
      }
    }
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
