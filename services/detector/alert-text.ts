/**
 * An alert as JSON. It is needed in the outbox, in the row for the lake and in the list for programs, and counted in
 * bytes for each: made once, because alerts never change.
 */
import type { Alert } from '../contract/alert.ts';

const texts = new WeakMap<Alert, string>();
const bytes = new WeakMap<Alert, number>();

export function textOf(alert: Alert): string {
  let text = texts.get(alert);
  if (text === undefined) {
    text = JSON.stringify(alert);
    texts.set(alert, text);
  }
  return text;
}

/** A row of the lake, and the newline after it, where another follows. */
export const rowOf = (alert: Alert): string => `${textOf(alert)}\n`;

/** Bytes of the row inside a JSON string. */
export function escapedRowBytes(alert: Alert): number {
  let size = bytes.get(alert);
  if (size === undefined) {
    size = escapedBytes(rowOf(alert));
    bytes.set(alert, size);
  }
  return size;
}

/** Bytes of a text inside a JSON string. */
export const escapedBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));
