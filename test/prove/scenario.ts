/** What a scenario is: a story, and what must be true after it. */
import type { Expectation, ExpectedIncident } from './ledger/reconcile.ts';
import type { Stage } from './stage.ts';

export interface Scenario {
  /** For `--only`. */
  name: string;
  /** One sentence: what goes wrong, and what still holds. */
  title: string;
  /** Alarms that must ring for it, and be quiet again when it is over; a second stands for a minute. */
  rings?: readonly string[];
  /** Part of `npm test`. */
  quick?: true;
  /** Plays it; whatever still runs afterwards is drained and stopped. */
  play(stage: Stage): Promise<Expectation>;
}

const RULE = 'temperature-high';

/** Too hot for any rule, at the highest severity at once; and normal again. */
export const HOT = [95, 96, 97];
export const WELL = [40, 40, 40];

/** Each device: one incident that opened and was resolved. */
export const resolved = (...devices: readonly string[]): ExpectedIncident[] =>
  devices.map((device) => ({ device, rule: RULE, statuses: ['firing', 'resolved'] }));

/** The same incidents, this many times one after the other. */
export const again = (times: number, incidents: readonly ExpectedIncident[]): ExpectedIncident[] =>
  incidents.map((incident) => ({
    ...incident,
    statuses: Array.from({ length: times }, () => incident.statuses).flat(),
  }));

/** Each device: one incident that is still open. */
export const open = (...devices: readonly string[]): ExpectedIncident[] =>
  devices.map((device) => ({ device, rule: RULE, statuses: ['firing'] }));
