/**
 * The last minutes of every device, second by second, from the records of the stream. For the page's charts, not for
 * counts: only a part of a flood is read. The number of devices is exact, though.
 */

import { jsonIn } from '../../../../services/contract/json.ts';
import { isReading, METRICS, type Reading } from '../../../../services/contract/reading.ts';
import { shownNumber } from '../../../../services/contract/shown.ts';
import { instantMs, instantOf } from '../../../../services/contract/time.ts';
import type { Clock } from '../../../emulator/base/clock.ts';
import type { HistoryHeader, LastReading, TelemetryDelta } from '../page-state.ts';

export const WINDOW_SECONDS = 300;
/** Devices kept in memory; further ones are only counted. */
export const MAX_DEVICES = 2_000;
/** Devices that are counted, because somebody may send new names without end. */
const MAX_NAMES = 1_000_000;
/** Records beyond this many bytes a second are skipped: what so many devices send that read once a second. */
const MAX_BYTES_PER_SECOND = 500_000;
/** A reading from a clock that is further ahead would clear the window. */
const MAX_AHEAD_MS = 5_000;
/** Changes kept for the next delta; with more, the page has a gap until it loads the history again. */
const MAX_CHANGES = 20_000;

export interface Telemetry {
  observe(data: Uint8Array): void;
  /** The last reading of each device that is kept, in the order in which the devices were first seen. */
  devices(): Reading[];
  /** Devices seen since the start. */
  seen(): number;
  last(): LastReading | undefined;
  /** The readings of a device that are kept, by second, oldest first. */
  recent(site: string, device: string): Recent[];
  /** Everything new since the last call. */
  take(): TelemetryDelta;
  /**
   * The whole window: a {@link HistoryHeader} as one line of JSON, padded with spaces to a multiple of four bytes, then
   * 32-bit floats (little-endian, NaN for none) by device, metric, second.
   */
  history(): Buffer;
}

/** A second of a device, with a value per metric. */
export interface Recent {
  /** Since the epoch. */
  second: number;
  values: (number | null)[];
}

interface Track {
  last: Reading;
  /** Newest second written. */
  newest: number;
  /** By metric, then by second modulo the window. */
  values: Float32Array;
}

export function createTelemetry(clock: Pick<Clock, 'now' | 'elapsed'>): Telemetry {
  const tracks = new Map<string, Track & { index: number }>();
  const names = new Set<string>();
  /** The first device of each record. In a flood, another record that begins with it holds the same devices. */
  const firsts = new Set<string>();
  const budget = { second: 0, bytes: 0 };
  let lastSeen: { atMs: number; ageMs: number; elapsedMs: number } | undefined;
  let fresh: TelemetryDelta = { devices: [], changes: [] };

  function observeReading(reading: Reading, nowMs: number): void {
    const madeMs = instantMs(reading.timestamp);
    if (madeMs > nowMs + MAX_AHEAD_MS) return;
    const key = `${reading.site_id}/${reading.device_id}`;
    lastSeen = { atMs: nowMs, ageMs: Math.max(0, nowMs - madeMs), elapsedMs: clock.elapsed() };
    let track = tracks.get(key);
    if (!track) {
      if (tracks.size >= MAX_DEVICES) return;
      const values = new Float32Array(METRICS.length * WINDOW_SECONDS).fill(Number.NaN);
      track = { index: tracks.size, last: reading, newest: Number.NEGATIVE_INFINITY, values };
      tracks.set(key, track);
      const { device_id, site_id } = reading;
      fresh.devices.push({ index: track.index, device_id, site_id });
    }
    const second = Math.floor(madeMs / 1000);
    if (second <= track.newest - WINDOW_SECONDS) return;
    if (instantOf(reading.timestamp) >= instantOf(track.last.timestamp)) track.last = reading;
    write(track, second, reading);
    if (fresh.changes.length < MAX_CHANGES) {
      fresh.changes.push([track.index, second, ...METRICS.map((metric) => round(reading[metric]))]);
    }
  }

  function countDevices(lines: readonly string[]): void {
    for (const line of lines) {
      const name = nameIn(line);
      if (name !== undefined && names.size < MAX_NAMES) names.add(name);
    }
  }

  return {
    observe(data) {
      const second = Math.floor(clock.elapsed() / 1000);
      if (second !== budget.second) Object.assign(budget, { second, bytes: MAX_BYTES_PER_SECOND });
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.length);
      const first = nameIn(bytes.toString('latin1', 0, LONGEST_START));
      if (first !== undefined) {
        if (budget.bytes <= 0 && firsts.has(first)) return;
        if (firsts.size < MAX_NAMES) firsts.add(first);
      }
      const lines = bytes.toString().split('\n');
      countDevices(lines);
      if (budget.bytes <= 0) return;
      budget.bytes -= data.length;
      const nowMs = clock.now();
      for (const line of lines) {
        const value = line === '' ? undefined : jsonIn(line);
        if (isReading(value)) observeReading(value, nowMs);
      }
    },
    devices: () => [...tracks.values()].map(({ last }) => last),
    seen: () => names.size,
    last() {
      if (!lastSeen) return undefined;
      const { atMs, ageMs, elapsedMs } = lastSeen;
      return { atMs, ageMs, agoMs: clock.elapsed() - elapsedMs };
    },
    recent: (site, device) => recentOf(tracks.get(`${site}/${device}`)),
    take() {
      const taken = fresh;
      fresh = { devices: [], changes: [] };
      return taken;
    },
    history: () => encode([...tracks.values()], Math.floor(clock.now() / 1000)),
  };
}

const DEVICE = /"device_id"\s*:\s*"([\w.-]{1,64})"/;
const SITE = /"site_id"\s*:\s*"([\w.-]{1,64})"/;
/** Bytes of a line within which names are looked for to tell a record. */
const LONGEST_START = 200;

/** The device of a line, found without parsing: that would take too long in a flood. */
function nameIn(line: string): string | undefined {
  const device = DEVICE.exec(line)?.[1];
  const site = SITE.exec(line)?.[1];
  return device === undefined || site === undefined ? undefined : `${site}/${device}`;
}

const round = (value: number | null | undefined) => (value == null ? null : shownNumber(value));
const slot = (second: number) => second % WINDOW_SECONDS;

function write(track: Track, second: number, reading: Reading): void {
  const { values } = track;
  // The seconds in between still hold the values of one window ago.
  if (second - track.newest >= WINDOW_SECONDS) values.fill(Number.NaN);
  else {
    for (let stale = track.newest + 1; stale <= second; stale += 1) {
      for (let m = 0; m < METRICS.length; m += 1) values[m * WINDOW_SECONDS + slot(stale)] = Number.NaN;
    }
  }
  // A device may send each of its metrics in a reading of its own.
  METRICS.forEach((metric, m) => {
    const value = reading[metric] ?? undefined;
    if (value !== undefined) values[m * WINDOW_SECONDS + slot(second)] = value;
  });
  track.newest = Math.max(track.newest, second);
}

function recentOf(track: Track | undefined): Recent[] {
  if (!track) return [];
  const { newest, values } = track;
  const seconds = Array.from({ length: WINDOW_SECONDS }, (_, i) => newest - WINDOW_SECONDS + 1 + i);
  return seconds
    .map((second) => ({ second, values: METRICS.map((_, m) => at(values, m, second)) }))
    .filter((recent) => recent.values.some((value) => value !== null));
}

function at(values: Float32Array, metric: number, second: number): number | null {
  const value = values[metric * WINDOW_SECONDS + slot(second)] ?? Number.NaN;
  return Number.isNaN(value) ? null : shownNumber(value);
}

function encode(tracks: Track[], nowSecond: number): Buffer {
  const from = nowSecond - WINDOW_SECONDS + 1;
  const header = JSON.stringify({
    from,
    seconds: WINDOW_SECONDS,
    metrics: METRICS,
    devices: tracks.map(({ last }) => [last.device_id, last.site_id]),
  } satisfies HistoryHeader);
  const length = Math.ceil((Buffer.byteLength(header) + 1) / 4) * 4;
  const head = Buffer.from(`${header}${' '.repeat(length - Buffer.byteLength(header) - 1)}\n`);
  const floats = new Float32Array(tracks.length * METRICS.length * WINDOW_SECONDS).fill(Number.NaN);
  tracks.forEach(({ newest, values }, t) => {
    for (let second = Math.max(from, newest - WINDOW_SECONDS + 1); second <= newest; second += 1) {
      // A device's clock may be a little ahead of ours.
      if (second > nowSecond) break;
      for (let m = 0; m < METRICS.length; m += 1) {
        floats[(t * METRICS.length + m) * WINDOW_SECONDS + second - from] =
          values[m * WINDOW_SECONDS + slot(second)] ?? Number.NaN;
      }
    }
  });
  return Buffer.concat([head, Buffer.from(floats.buffer)]);
}
