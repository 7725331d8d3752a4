import { describe, expect, it } from 'vitest';
import {
  createTelemetry,
  MAX_DEVICES,
  WINDOW_SECONDS,
} from '../../../../../infra/local/console/server/telemetry.ts';
import { formatSentHour, formatTimestamp, METRICS } from '../../../../../services/contract/reading.ts';

const START = Date.parse('2026-01-31T09:30:00.000Z');

function line(device_id: string, atMs: number, temperature = 20): string {
  const common = { site_id: 's', seq: 1, cpu: 1, ram: 2, hd: 3, timestamp_sent: formatSentHour(atMs) };
  return JSON.stringify({ device_id, temperature, ...common, timestamp: formatTimestamp(atMs) });
}

function at(clock: { ms: number }) {
  const telemetry = createTelemetry({ now: () => clock.ms, elapsed: () => clock.ms });
  return { telemetry, see: (...lines: string[]) => telemetry.observe(Buffer.from(lines.join('\n'))) };
}

/** Values of a device's metric in the history, oldest second first. */
function decode(history: Buffer) {
  const end = history.indexOf('\n');
  const header = JSON.parse(history.subarray(0, end).toString());
  expect((end + 1) % 4).toBe(0);
  const floats = new Float32Array(new Uint8Array(history.subarray(end + 1)).buffer);
  return {
    header,
    values: (device: number, metric: number) => {
      const from = (device * METRICS.length + metric) * WINDOW_SECONDS;
      return [...floats.subarray(from, from + WINDOW_SECONDS)];
    },
  };
}

describe('telemetry', () => {
  it('keeps the last minutes second by second, and returns new values once', () => {
    const clock = { ms: START };
    const { telemetry, see } = at(clock);
    see(line('a', START, 20.456), line('b', START, 30), 'not JSON', '{"device_id":"c"}');
    clock.ms = START + 2_000;
    see(line('a', START + 2_000, 21));
    expect(telemetry.take()).toEqual({
      devices: [
        { index: 0, device_id: 'a', site_id: 's' },
        { index: 1, device_id: 'b', site_id: 's' },
      ],
      changes: [
        [0, START / 1000, 20.46, 1, 2, 3],
        [1, START / 1000, 30, 1, 2, 3],
        [0, START / 1000 + 2, 21, 1, 2, 3],
      ],
    });
    expect(telemetry.take()).toEqual({ devices: [], changes: [] });
    expect(telemetry.last()).toEqual({ atMs: clock.ms, ageMs: 0, agoMs: 0 });
    const { header, values } = decode(telemetry.history());
    expect(header).toMatchObject({
      from: START / 1000 + 3 - WINDOW_SECONDS,
      devices: [
        ['a', 's'],
        ['b', 's'],
      ],
    });
    expect(values(0, 0).slice(-4)).toEqual([Number.NaN, expect.closeTo(20.456), Number.NaN, 21]);
    expect(values(1, 3).slice(-3)).toEqual([3, Number.NaN, Number.NaN]);
  });

  it('forgets what has left the window, even for a device that was silent for longer', () => {
    const clock = { ms: START };
    const { telemetry, see } = at(clock);
    see(line('a', START, 1), line('b', START, 1));
    clock.ms = START + (WINDOW_SECONDS + 5) * 1000;
    see(line('a', clock.ms, 2));
    const { values } = decode(telemetry.history());
    expect(values(0, 0).filter((value) => !Number.isNaN(value))).toEqual([2]);
    expect(values(1, 0).every(Number.isNaN)).toBe(true);
  });

  it('puts late readings in their place, but none from before the window or from a clock far ahead', () => {
    const clock = { ms: START };
    const { telemetry, see } = at(clock);
    see(line('a', START, 1), line('a', START - 10_000, 2), line('a', START - 400_000, 3));
    see(line('a', START + 3_600_000, 4));
    const { values } = decode(telemetry.history());
    expect(values(0, 0).filter((value) => !Number.isNaN(value))).toEqual([2, 1]);
    expect(telemetry.devices()[0]?.temperature).toBe(1);
  });

  it('uses limited memory', () => {
    const clock = { ms: START };
    const { telemetry, see } = at(clock);
    for (let first = 0; first < MAX_DEVICES + 500; first += 500) {
      clock.ms += 1000;
      see(...Array.from({ length: 500 }, (_, i) => line(`d${first + i}`, START)));
    }
    expect(telemetry.devices()).toHaveLength(MAX_DEVICES);
    expect(telemetry.seen()).toBe(MAX_DEVICES + 500);
    clock.ms += 1000;
    telemetry.take();
    // Beyond a limit, readings within one second are skipped.
    for (let i = 0; i < 20; i += 1) see(...Array.from({ length: 500 }, (_, d) => line(`d${d}`, START)));
    expect(telemetry.take().changes.length).toBeLessThan(8_000);
  });

  it('counts every device, also in a flood of which it reads only a part, and of any program', () => {
    const { telemetry, see } = at({ ms: START });
    for (let first = 0; first < 10_000; first += 500)
      see(...Array.from({ length: 500 }, (_, i) => line(`d${first + i}`, START)));
    expect(telemetry.seen()).toBe(10_000);
    // The same name at another site, spaces after colons, another order, a line without names.
    see(
      line('d1', START).replace('"s"', '"t"'),
      '{"site_id": "s", "seq": 1, "device_id": "python"}',
      'rubbish',
    );
    expect(telemetry.seen()).toBe(10_002);
  });

  it('says how long ago the last reading came, whatever the wall clock does', () => {
    const clock = { now: START, elapsed: 50_000 };
    const telemetry = createTelemetry({ now: () => clock.now, elapsed: () => clock.elapsed });
    telemetry.observe(Buffer.from(line('a', START)));
    Object.assign(clock, { now: START - 3_600_000, elapsed: 57_000 });
    expect(telemetry.last()).toEqual({ atMs: START, ageMs: 0, agoMs: 7_000 });
  });
});
