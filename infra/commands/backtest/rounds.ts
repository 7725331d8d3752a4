/**
 * Cuts the readings of a site into batches such as a stream's: a round in which each device speaks once at most. What
 * rules make of silence depends on it that a batch is short.
 */
import type { Reading } from '../../../services/contract/reading.ts';

/** Readings of one site, of different devices, in the order in which they came. */
export type Round = readonly Reading[];

export class Rounds {
  readonly #open = new Map<string, { devices: Set<string>; readings: Reading[] }>();

  /** @returns the round that is complete with this reading, which itself belongs to the next one */
  add(reading: Reading): Round | undefined {
    const { site_id, device_id } = reading;
    const round = this.#open.get(site_id);
    if (round && !round.devices.has(device_id)) {
      round.devices.add(device_id);
      round.readings.push(reading);
      return undefined;
    }
    this.#open.set(site_id, { devices: new Set([device_id]), readings: [reading] });
    return round?.readings;
  }

  /** What is left when there are no more readings. */
  rest(): Round[] {
    const rounds = [...this.#open.values()].map(({ readings }) => readings);
    this.#open.clear();
    return rounds;
  }
}
