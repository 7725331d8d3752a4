/**
 * An alert as JSON. It is needed in the outbox, in the row for the lake and in the list for programs, and counted in
 * bytes for each; in a message, inside a text that is JSON itself. Each form is made once, because alerts never change.
 */
import type { Alert } from '../contract/alert.ts';

interface Texts {
  plain: string;
  /** As it stands inside a JSON string; made for a message. */
  escaped?: string;
}

const known = new WeakMap<Alert, Texts>();

function textsOf(alert: Alert): Texts {
  let texts = known.get(alert);
  if (texts === undefined) {
    texts = { plain: JSON.stringify(alert) };
    known.set(alert, texts);
  }
  return texts;
}

export const textOf = (alert: Alert): string => textsOf(alert).plain;

/** The text as it stands inside a JSON string. */
export function escapedTextOf(alert: Alert): string {
  const texts = textsOf(alert);
  texts.escaped ??= escaped(texts.plain);
  return texts.escaped;
}

/** A text as it stands inside a JSON string, between the quotation marks. */
export const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Bytes of a row of the lake inside a JSON string: its quotation marks, and the newline where another row follows. */
export const escapedRowBytes = (alert: Alert): number => Buffer.byteLength(escapedTextOf(alert)) + 4;

/** Bytes of a text inside a JSON string. */
export const escapedBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));
