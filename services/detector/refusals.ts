/** What a batch was not evaluated of, counted by device and reason. Never holds the content of a line. */

import { adviceOn, REASONS, type Verdict } from '../contract/advice.ts';
import type { Named } from '../contract/line.ts';
import { formatSentHour, formatTimestamp } from '../contract/reading.ts';
import type { Refusal } from '../contract/refusal.ts';

/** Where a line stands in the stream. */
export interface LinePosition {
  sequence: string;
  /** From 1. */
  line: number;
}

/** Devices and reasons that one report names; what exceeds them is counted together. */
export const MAX_NAMED = 200;
const MAX_REASON_CHARACTERS = 200;

type Group = Named & { verdict: Verdict; reason: string; readings: number; position: LinePosition };

export class Refusals {
  readonly #groups = new Map<string, Group>();

  add(verdict: Verdict, who: Named, reason: string, position: LinePosition): void {
    const text = reason.slice(0, MAX_REASON_CHARACTERS);
    const key = [verdict, who.site_id, who.device_id, text].join('\n');
    const known = this.#groups.get(key);
    if (known) known.readings += 1;
    else if (this.#groups.size < MAX_NAMED) {
      const { device_id, site_id } = who;
      this.#groups.set(key, { device_id, site_id, verdict, reason: text, readings: 1, position });
    } else this.#addOther(verdict, position);
  }

  #addOther(verdict: Verdict, position: LinePosition): void {
    const known = this.#groups.get(verdict);
    if (known) known.readings += 1;
    else this.#groups.set(verdict, { verdict, reason: REASONS.others, readings: 1, position });
  }

  /** A row for each device, verdict and reason. */
  rows(nowMs: number): Refusal[] {
    return [...this.#groups.values()].map(({ position, readings, verdict, reason, ...named }) => ({
      refusal_id: `${position.sequence}-${position.line}-${verdict}`,
      verdict,
      ...named,
      reason,
      advice: adviceOn(reason),
      readings,
      sequence_number: position.sequence,
      line: position.line,
      at: formatTimestamp(nowMs),
      timestamp_sent: formatSentHour(nowMs),
    }));
  }
}
