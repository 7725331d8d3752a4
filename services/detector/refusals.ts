/** What a batch was not evaluated of, counted by device and reason. Never holds the content of a line. */
import { formatSentHour, formatTimestamp, ID_PATTERN } from '../contract/reading.ts';
import { adviceOn, REASONS, type Refusal, type Verdict } from '../contract/refusal.ts';

/** Where a line stands in the stream. */
export interface LinePosition {
  sequence: string;
  /** From 1. */
  line: number;
}

export interface Named {
  device_id?: string;
  site_id?: string;
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

/** Names of lines that are no JSON, such as one that is cut off. */
const DEVICE = /"device_id"\s*:\s*"([A-Za-z0-9._-]{1,64})"/;
const SITE = /"site_id"\s*:\s*"([A-Za-z0-9._-]{1,64})"/;

/** Who sent a line, as far as it tells. @param line its JSON, or its text where it has none */
export function namesIn(line: object | string): Named {
  if (typeof line === 'string') return named(DEVICE.exec(line)?.[1], SITE.exec(line)?.[1]);
  const { device_id, site_id } = line as Record<string, unknown>;
  return named(device_id, site_id);
}

const named = (device_id: unknown, site_id: unknown): Named => ({
  ...(isId(device_id) && { device_id }),
  ...(isId(site_id) && { site_id }),
});

const isId = (value: unknown): value is string => typeof value === 'string' && ID_PATTERN.test(value);
