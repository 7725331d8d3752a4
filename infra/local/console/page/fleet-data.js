// The last minutes of every device in memory: a ring of seconds per device and metric, and bands over many of them.

const NONE = Number.NaN;

export class FleetData {
  devices = [];
  metrics = [];
  seconds = 0;
  /** Newest second of any device. */
  newest = 0;
  oldest = Number.POSITIVE_INFINITY;
  #rings = [];
  #bands = new Map();
  #early = [];
  #loaded = false;

  /** A window of so many seconds for one device, empty. */
  static of(metrics, seconds, device) {
    const data = new FleetData();
    Object.assign(data, { metrics, seconds });
    data.#loaded = true;
    data.#add(device);
    return data;
  }

  /** Takes the history from the server; what came meanwhile is laid over it. */
  async load() {
    this.#loaded = false;
    this.#early = [];
    const buffer = await (await fetch('/api/history')).arrayBuffer();
    const bytes = new Uint8Array(buffer);
    const end = bytes.indexOf(0x0a);
    const { from, seconds, metrics, devices } = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
    const values = new Float32Array(buffer, end + 1);
    Object.assign(this, { seconds, metrics, devices: [], newest: 0, oldest: Number.POSITIVE_INFINITY });
    this.#rings = [];
    this.#bands.clear();
    for (const [device_id, site_id] of devices) this.#add({ device_id, site_id });
    for (let d = 0; d < devices.length; d += 1) {
      for (let s = 0; s < seconds; s += 1) {
        const at = d * metrics.length * seconds + s;
        if (!Number.isNaN(values[at])) this.#write(d, from + s, (m) => values[at + m * seconds]);
      }
    }
    this.#loaded = true;
    for (const delta of this.#early) this.apply(delta);
    this.#early = [];
  }

  apply({ devices, changes }) {
    if (!this.#loaded) {
      this.#early.push({ devices, changes });
      return;
    }
    for (const device of devices) if (device.index === this.devices.length) this.#add(device);
    for (const [index, second, ...values] of changes) {
      if (index < this.devices.length) this.#write(index, second, (m) => values[m] ?? NONE);
    }
  }

  #add({ device_id, site_id }) {
    this.devices.push({ index: this.devices.length, device_id, site_id });
    const values = new Float32Array(this.metrics.length * this.seconds).fill(NONE);
    this.#rings.push({ values, newest: Number.NEGATIVE_INFINITY });
  }

  #write(index, second, value) {
    const ring = this.#rings[index];
    const { seconds } = this;
    if (second <= ring.newest - seconds) return;
    for (let stale = Math.max(ring.newest + 1, second - seconds + 1); stale < second; stale += 1) {
      for (let m = 0; m < this.metrics.length; m += 1) ring.values[m * seconds + (stale % seconds)] = NONE;
    }
    for (let m = 0; m < this.metrics.length; m += 1) ring.values[m * seconds + (second % seconds)] = value(m);
    ring.newest = Math.max(ring.newest, second);
    this.newest = Math.max(this.newest, second);
    this.oldest = Math.min(this.oldest, second);
    for (const columns of this.#bands.values()) columns.delete(second);
  }

  /** NaN where there is none. */
  value(index, metric, second) {
    const { values, newest } = this.#rings[index];
    const { seconds } = this;
    if (second > newest || second <= newest - seconds) return NONE;
    return values[metric * seconds + (second % seconds)];
  }

  /** The newest reading of a device: `{ second, values }`. */
  latest(index) {
    const { values, newest } = this.#rings[index];
    const { seconds, metrics } = this;
    if (newest === Number.NEGATIVE_INFINITY) return undefined;
    return { second: newest, values: metrics.map((_, m) => values[m * seconds + (newest % seconds)]) };
  }

  /** Seconds between two readings of a device, as far as can be seen: a longer gap is silence. */
  interval() {
    const { newest, values } = this.#rings[0] ?? {};
    if (newest === undefined) return 1;
    let readings = 0;
    for (let s = 0; s < this.seconds; s += 1) if (!Number.isNaN(values[s])) readings += 1;
    const span = Math.min(this.seconds, newest - this.oldest + 1);
    return Math.max(1, span / Math.max(1, readings));
  }

  /** `{ low, tenth, middle, ninetieth, high }` of many devices in one second; undefined where none has a value. */
  band(name, indices, metric, second) {
    const key = `${name}/${metric}`;
    if (!this.#bands.has(key)) this.#bands.set(key, new Map());
    const columns = this.#bands.get(key);
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
    const at = (share) => sorted[Math.min(n - 1, Math.round(share * (n - 1)))];
    const band = {
      of: indices.length,
      low: at(0),
      tenth: at(0.1),
      middle: at(0.5),
      ninetieth: at(0.9),
      high: at(1),
    };
    columns.set(second, band);
    if (columns.size > 2 * this.seconds) columns.delete(columns.keys().next().value);
    return band;
  }
}
