/**
 * An alert as JSON. It is needed in the outbox, in the row for the lake and in the list for programs, and counted in
 * bytes for each; in a message, inside a text that is JSON itself. Each form is made once, because alerts never change.
 */
import type { Alert } from '../contract/alert.ts';

const texts = new WeakMap<Alert, string>();
const escapedTexts = new WeakMap<Alert, string>();

export function textOf(alert: Alert): string {
  let text = texts.get(alert);
  if (text === undefined) {
    text = JSON.stringify(alert);
    texts.set(alert, text);
  }
  return text;
}

/** The text as it stands inside a JSON string. */
export function escapedTextOf(alert: Alert): string {
  let text = escapedTexts.get(alert);
  if (text === undefined) {
    text = escaped(textOf(alert));
    escapedTexts.set(alert, text);
  }
  return text;
}

/** A text as it stands inside a JSON string, between the quotation marks. */
export const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Bytes of a row of the lake inside a JSON string: its quotation marks, and the newline where another row follows. */
export const escapedRowBytes = (alert: Alert): number => Buffer.byteLength(escapedTextOf(alert)) + 4;

/** Bytes of a text inside a JSON string. */
export const escapedBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));
