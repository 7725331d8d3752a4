/** One reading from a device, checked once: a line for the spool, or the reason why it is refused. */

import { adviceOn, REASONS } from '../../contract/advice.ts';
import { explainReading } from '../../contract/explain-reading.ts';
import { explainNotJson } from '../../contract/not-json.ts';
import { isReading, MAX_READING_BYTES } from '../../contract/reading.ts';
import { STAMP_BYTES } from '../spool/stamp.ts';

/** A line without `timestamp_sent`, which is added when it is sent; or the reason for which it is refused. */
export type Verdict = { line: string } | { reason: string };

/** Stands in for the hour of sending while the rest of a reading is checked. */
const ANY_HOUR = '2000-01-01 00';
const MAX_LINE_BYTES = MAX_READING_BYTES - STAMP_BYTES;

/** Whose readings are expected. */
export interface Source {
  site: string;
  /** Who has signed in, and may send only for itself; undefined where nobody has to. */
  device?: string | undefined;
}

export function acceptLine(text: string, source: Source): Verdict {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(explainNotJson(text));
  }
  return acceptValue(value, source);
}

/** Its sender reads what is wrong, and what to change. */
const refuse = (reason: string): Verdict => ({ reason: `${reason}. ${adviceOn(reason)}.` });

/**
 * The site is the gateway's own, whatever the device says; so is the hour of sending.
 * @param value parsed for this alone: it is changed, because a copy for every reading would double the garbage
 */
export function acceptValue(value: unknown, { site, device }: Source): Verdict {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(explainReading(value) ?? REASONS.notObject);
  }
  const reading: object = Object.assign(value, { site_id: site, timestamp_sent: ANY_HOUR });
  if (!isReading(reading)) return refuse(explainReading(reading) ?? REASONS.notObject);
  if (device !== undefined && reading.device_id !== device) {
    return { reason: `Expected readings of ${device}, which has signed in, got one of ${reading.device_id}` };
  }
  const line = written(Object.assign(reading, { timestamp_sent: undefined }));
  const bytes = line === undefined ? 'a longer one' : Buffer.byteLength(line);
  if (line !== undefined && Number(bytes) <= MAX_LINE_BYTES) return { line };
  return {
    reason: `Expected a reading of at most ${MAX_LINE_BYTES} bytes, got ${bytes}. Leave fields of your own out.`,
  };
}

/** Undefined for what is nested so deeply that it can be read and not written; that takes more bytes than a line has. */
function written(reading: object): string | undefined {
  try {
    return JSON.stringify(reading);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
