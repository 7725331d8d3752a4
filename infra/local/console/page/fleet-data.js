// The last minutes of every device in memory: a ring of seconds per device and metric, and bands over many of them.

import { getHistory } from './api.js';

/** @import { HistoryHeader, TelemetryDelta } from '../page-state.ts' */

/** @typedef {{ device_id: string, site_id: string }} DeviceName device ids are unique only within a site */
/**
 * `values` by metric, then by second modulo the window; `newest`: the newest second.
 * @typedef {DeviceName & { index: number, values: Float32Array, newest: number }} Device
 */
/**
 * Of many devices in one second.
 * @typedef {{ of: number, low: number, tenth: number, middle: number, ninetieth: number, high: number }} Band
 */

const NONE = Number.NaN;

/** @param {DeviceName} device */
export const keyOf = ({ device_id, site_id }) => `${site_id}/${device_id}`;
/** One for all: a list of thousands compares tens of thousands of times. */
const NAMES = new Intl.Collator('en', { numeric: true });
/** @type {(a: DeviceName, b: DeviceName) => number} */
export const byDevice = (a, b) => NAMES.compare(a.device_id, b.device_id);

export class FleetData {
  /** @type {Device[]} */
  devices = [];
  /** @type {readonly string[]} */
  metrics = [];
  seconds = 0;
  /** Newest second of any device. */
  newest = 0;
  oldest = Number.POSITIVE_INFINITY;
  /** @type {Map<string, Map<number, Band>>} */
  #bands = new Map();
  /** @type {TelemetryDelta[]} */
  #early = [];
  #loaded = false;
  #loads = 0;

  /** Loads the history from the server, and then applies the changes that arrived meanwhile. */
  async load() {
    this.#loaded = false;
    this.#early = [];
    this.#loads += 1;
    const own = this.#loads;
    const buffer = await getHistory();
    // A slow answer must not replace what was asked for after it.
    if (own !== this.#loads) return;
    const bytes = new Uint8Array(buffer);
    const end = bytes.indexOf(0x0a);
    /** @type {HistoryHeader} */
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
    this.#replace(header, new Float32Array(buffer, end + 1));
    this.#loaded = true;
    for (const delta of this.#early) this.apply(delta);
    this.#early = [];
  }

  /** @param {HistoryHeader} header @param {Float32Array} values by device, metric and second */
  #replace({ from, seconds, metrics, devices }, values) {
    Object.assign(this, { seconds, metrics, devices: [], newest: 0, oldest: Number.POSITIVE_INFINITY });
    this.#bands.clear();
    const size = metrics.length * seconds;
    devices.forEach(([device_id, site_id], d) => {
      this.#add({ device_id, site_id });
      this.#fill(this.device(d), from, values.subarray(d * size, (d + 1) * size));
    });
  }

  /** Copies whole stretches: of thousands of devices these are millions of values. @type {(device: Device, from: number, values: Float32Array) => void} */
  #fill(device, from, values) {
    const { seconds, metrics } = this;
    const shift = from % seconds;
    for (let m = 0; m < metrics.length; m += 1) {
      const own = values.subarray(m * seconds, (m + 1) * seconds);
      device.values.set(own.subarray(0, seconds - shift), m * seconds + shift);
      device.values.set(own.subarray(seconds - shift), m * seconds);
    }
    const isKnown = (/** @type {number} */ s) =>
      metrics.some((_, m) => !Number.isNaN(values[m * seconds + s] ?? NONE));
    let [first, last] = [0, seconds - 1];
    while (last >= 0 && !isKnown(last)) last -= 1;
    if (last < 0) return;
    while (!isKnown(first)) first += 1;
    device.newest = from + last;
    this.newest = Math.max(this.newest, from + last);
    this.oldest = Math.min(this.oldest, from + first);
  }

  /** @param {TelemetryDelta} delta */
  apply({ devices, changes }) {
    if (!this.#loaded) {
      this.#early.push({ devices, changes });
      return;
    }
    for (const device of devices) if (device.index === this.devices.length) this.#add(device);
    for (const [index, second, ...values] of changes) {
      if (index < this.devices.length) this.#write(index, second, values);
    }
  }

  /** @param {DeviceName} device */
  #add({ device_id, site_id }) {
    const values = new Float32Array(this.metrics.length * this.seconds).fill(NONE);
    const newest = Number.NEGATIVE_INFINITY;
    this.devices.push({ index: this.devices.length, device_id, site_id, values, newest });
  }

  /** @param {number} index @param {number} second @param {(number | null)[]} values by metric */
  #write(index, second, values) {
    const device = this.device(index);
    const { seconds, metrics } = this;
    if (second <= device.newest - seconds) return;
    for (let stale = Math.max(device.newest + 1, second - seconds + 1); stale <= second; stale += 1) {
      for (let m = 0; m < metrics.length; m += 1) device.values[m * seconds + (stale % seconds)] = NONE;
    }
    // A device may send each of its metrics in a reading of its own.
    values.forEach((value, m) => {
      if (value !== null && !Number.isNaN(value)) device.values[m * seconds + (second % seconds)] = value;
    });
    device.newest = Math.max(device.newest, second);
    this.newest = Math.max(this.newest, second);
    this.oldest = Math.min(this.oldest, second);
    for (const columns of this.#bands.values()) columns.delete(second);
  }

  /** @param {number} index */
  device(index) {
    const device = this.devices[index];
    if (!device) throw new RangeError(`Expected a device below ${this.devices.length}, got ${index}`);
    return device;
  }

  /** NaN where there is none. @param {number} index @param {number} metric @param {number} second */
  value(index, metric, second) {
    const { values, newest } = this.device(index);
    const { seconds } = this;
    if (second > newest || second <= newest - seconds) return NONE;
    return values[metric * seconds + (second % seconds)] ?? NONE;
  }

  /** The newest reading of a device. @param {number} index */
  latest(index) {
    const { newest } = this.device(index);
    if (newest === Number.NEGATIVE_INFINITY) return undefined;
    return { second: newest, values: this.metrics.map((_, m) => this.value(index, m, newest)) };
  }

  /** Estimated seconds between two readings of a device; a longer gap means silence. */
  interval() {
    const [device] = this.devices;
    if (!device) return 1;
    let readings = 0;
    for (let s = 0; s < this.seconds; s += 1) {
      if (this.metrics.some((_, m) => !Number.isNaN(device.values[m * this.seconds + s]))) readings += 1;
    }
    const span = Math.min(this.seconds, device.newest - this.oldest + 1);
    return Math.max(1, span / Math.max(1, readings));
  }

  /**
   * The band of one second; undefined where no device has a value.
   * @param {string} name the same for the same devices @param {number[]} indices @param {number} metric
   * @param {number} second @returns {Band | undefined}
   */
  band(name, indices, metric, second) {
    const columns = this.#columns(`${name}/${metric}`);
    const known = columns.get(second);
    if (known && known.of === indices.length) return known;
    const values = new Float32Array(indices.length);
    let n = 0;
    for (const index of indices) {
      const value = this.value(index, metric, second);
      if (!Number.isNaN(value)) values[n++] = value;
    }
    if (n === 0) return undefined;
    const sorted = values.subarray(0, n).sort();
    /** @param {number} share */
    const at = (share) => sorted[Math.min(n - 1, Math.round(share * (n - 1)))] ?? NONE;
    const of = indices.length;
    const band = { of, low: at(0), tenth: at(0.1), middle: at(0.5), ninetieth: at(0.9), high: at(1) };
    columns.set(second, band);
    for (const oldest of columns.keys()) {
      if (columns.size <= 2 * this.seconds) break;
      columns.delete(oldest);
    }
    return band;
  }

  /** @param {string} key */
  #columns(key) {
    const columns = this.#bands.get(key) ?? new Map();
    this.#bands.set(key, columns);
    return columns;
  }
}
