/**
 * Hears which alarms would ring. Scenarios last seconds and alarms count minutes, so a second here stands for a minute:
 * times of data points are stretched, and so are measured ages. What the services have measured is kept while the
 * scenario plays, and evaluated afterwards, so that nothing waits for an alarm.
 */

import { embeddedMetrics } from '../../infra/emulator/base/emf.ts';
import type { EventBus, Measured } from '../../infra/emulator/base/events.ts';
import type { Alarm } from '../../infra/emulator/cloudwatch/definition.ts';
import { look } from '../../infra/emulator/cloudwatch/evaluate.ts';
import type { AlarmState } from '../../infra/emulator/cloudwatch/state.ts';
import { MetricStore } from '../../infra/emulator/cloudwatch/store.ts';

const PACE = 60;
const MINUTE_MS = 60_000;
const AGES = ['IteratorAge', 'DeliveryToS3.DataFreshness', 'BatchAge'];
/** Quiet at the end: as long as an alarm can look back. */
const TAIL_MINUTES = 30;

export interface Heard {
  alarm: string;
  /** Seconds after the beginning, which stand for minutes. */
  rangAfter: number;
  /** Undefined where it never was. */
  quietAfter: number | undefined;
}

export class Ears {
  readonly #store = new MetricStore(() => this.#stretched(Date.now()));
  readonly #startMs = Date.now();
  #timer: NodeJS.Timeout | undefined;
  #endMs = 0;

  listen(bus: EventBus): void {
    const hear = (measured: Measured) => this.#hear(measured);
    bus.on('metric', hear);
    bus.on('log', (line) => {
      for (const measured of embeddedMetrics(line)) hear(measured);
    });
    clearInterval(this.#timer);
    this.#timer = setInterval(() => bus.emit('sample'), MINUTE_MS / PACE);
    // A scenario that fails must not keep the process alive.
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#endMs = this.#stretched(Date.now());
  }

  /** Every alarm that rang, in the order of their names. An end of a metric is the end of the scenario, and no alarm. */
  heard(alarms: readonly Alarm[]): Heard[] {
    return alarms.flatMap((alarm) => this.#heard(alarm) ?? []);
  }

  #heard(alarm: Alarm): Heard | undefined {
    const name = alarm.name.replace(/^.*-Operations|[0-9A-F]{8}$/g, '');
    const startMs = this.#stretched(this.#startMs);
    let state: AlarmState = 'INSUFFICIENT_DATA';
    let rang: Heard | undefined;
    for (let nowMs = startMs; nowMs <= this.#endMs + TAIL_MINUTES * MINUTE_MS; nowMs += MINUTE_MS) {
      const before: AlarmState = state;
      state = look(alarm, (...what) => this.#store.read(...what), nowMs, before).state;
      const after = (nowMs - startMs) / MINUTE_MS;
      if (state === 'ALARM')
        rang = { alarm: name, rangAfter: rang?.rangAfter ?? after, quietAfter: undefined };
      else if (before === 'ALARM' && rang) rang.quietAfter = after;
    }
    return rang;
  }

  #hear({ atMs = Date.now(), ...measured }: Measured): void {
    const value = AGES.includes(measured.name) ? measured.value * PACE : measured.value;
    this.#store.add({ ...measured, value, atMs: this.#stretched(atMs) });
  }

  #stretched(atMs: number): number {
    const startMs = Math.floor(this.#startMs / MINUTE_MS) * MINUTE_MS;
    return startMs + (atMs - this.#startMs) * PACE;
  }
}

/** What is wrong with it, one sentence each. */
export function missedAlarms(expected: readonly string[], heard: readonly Heard[]): string[] {
  return expected.flatMap((name) => {
    const found = heard.find(({ alarm }) => alarm === name);
    if (!found) return [`The alarm ${name} did not ring`];
    return found.quietAfter === undefined ? [`The alarm ${name} is not quiet again`] : [];
  });
}
