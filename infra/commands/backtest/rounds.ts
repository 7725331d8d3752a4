/**
 * Cuts the readings of a site into batches such as a stream's: a round in which each device speaks once at most. What
 * rules make of silence depends on it that a batch is short. A site of a single device, such as a recorded series, has
 * no silence, and is read as a backlog is: a period of the models at a time.
 */
import type { Reading } from '../../../services/contract/reading.ts';
import { MODEL_PERIOD_MS, periodOf } from '../../../services/detector/site-model.ts';

/** Readings of one site, in the order in which they came. */
export type Round = readonly Reading[];

interface Site {
  /** That have ever spoken. */
  known: Set<string>;
  /** In this round. */
  devices: Set<string>;
  readings: Reading[];
}

export class Rounds {
  readonly #sites = new Map<string, Site>();

  /** @returns the round that is complete with this reading, which itself belongs to the next one */
  add(reading: Reading): Round | undefined {
    const { site_id, device_id } = reading;
    let site = this.#sites.get(site_id);
    if (site === undefined) {
      site = { known: new Set(), devices: new Set(), readings: [] };
      this.#sites.set(site_id, site);
    }
    site.known.add(device_id);
    const { devices, readings } = site;
    if (devices.has(device_id) && !(site.known.size === 1 && isSamePeriod(readings.at(-1), reading))) {
      site.devices = new Set([device_id]);
      site.readings = [reading];
      return readings;
    }
    devices.add(device_id);
    readings.push(reading);
    return undefined;
  }

  /** What is left when there are no more readings. */
  rest(): Round[] {
    const rounds = [...this.#sites.values()].map(({ readings }) => readings);
    this.#sites.clear();
    return rounds;
  }
}

const PERIOD = { periodMs: MODEL_PERIOD_MS };

const isSamePeriod = (before: Reading | undefined, reading: Reading) =>
  before !== undefined && periodOf(before, PERIOD) === periodOf(reading, PERIOD);
