/** The alarms of the stack: looked at once a minute, and those that they name are told when a state changes. */
import type { Clock } from '../base/clock.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Alarm } from './definition.ts';
import { INITIAL, type Looked, look, type ReadMetric } from './evaluate.ts';
import type { Change } from './notification.ts';
import type { AlarmState } from './state.ts';

export interface AlarmStatus extends Omit<Looked, 'reason'> {
  alarm: Alarm;
  reason: string;
  /** Whether all its metrics are measured here. */
  heard: boolean;
  sinceMs: number;
}

interface AlarmsOptions {
  alarms: readonly { alarm: Alarm; heard: boolean }[];
  read: ReadMetric;
  clock: Clock;
  onChange(change: Change): void;
}

const NOT_HEARD = 'Not heard here: a metric of this alarm is not measured by the emulator.';

export class Alarms {
  readonly #options: AlarmsOptions;
  readonly #startedMs: number;
  readonly #status = new Map<string, AlarmStatus>();
  /** Alarms that have been looked at. */
  readonly #known = new Set<string>();

  constructor(options: AlarmsOptions) {
    this.#options = options;
    this.#startedMs = options.clock.now();
    for (const { alarm, heard } of options.alarms) {
      const reason = heard ? INITIAL.reason() : NOT_HEARD;
      this.#status.set(alarm.name, { ...INITIAL, reason, alarm, heard, sinceMs: this.#startedMs });
    }
  }

  list(): AlarmStatus[] {
    return [...this.#status.values()];
  }

  /** Looks at all of them. */
  tick(): void {
    const nowMs = this.#options.clock.now();
    for (const { alarm, heard, state } of this.#status.values()) {
      if (!heard) continue;
      const looked = look(alarm, this.#options.read, nowMs, state);
      const isFirst = !this.#known.has(alarm.name) && looked.state !== 'INSUFFICIENT_DATA';
      if (isFirst) this.#known.add(alarm.name);
      if (looked.state === state) continue;
      // On AWS the first OK comes minutes after the deployment, before anybody has confirmed a subscription.
      this.#change(alarm, looked, looked.reason(), !(isFirst && looked.state === 'OK'));
    }
  }

  /** Until the next look. @throws AwsError where there is no such alarm */
  set(name: string, state: AlarmState, reason: string): void {
    const known = this.#status.get(name);
    if (!known) throw new AwsError('ResourceNotFound', `There is no alarm ${name}`, 404);
    this.#known.add(name);
    if (known.state !== state) this.#change(known.alarm, { ...known, state }, reason, true);
  }

  #change(alarm: Alarm, looked: Omit<Looked, 'reason'>, reason: string, told: boolean): void {
    const before = this.#status.get(alarm.name);
    const atMs = this.#options.clock.now();
    const { state, startMs, recent } = looked;
    this.#status.set(alarm.name, {
      alarm,
      state,
      startMs,
      recent,
      reason,
      heard: before?.heard ?? true,
      sinceMs: atMs,
    });
    if (!told) return;
    const from = before?.state ?? 'INSUFFICIENT_DATA';
    this.#options.onChange({ alarm, from, to: state, reason, atMs, sinceMs: this.#startedMs });
  }
}
