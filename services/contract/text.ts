/** Texts that people write, in a form that every store, mail and channel takes. Pure. */

/** A character beyond U+FFFF is two UTF-16 units; one without the other is not text, and no lake or channel takes it. */
const HALF_CHARACTER = /\p{Surrogate}/gu;
const BREAKS = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

/** `1 device`, `3 devices` */
export const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

export const isWhole = (text: string): boolean => text.search(HALF_CHARACTER) === -1;

/** At most so many UTF-16 units, and never half a character. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  const isHigh = (text.codePointAt(most - 1) ?? 0) > 0xffff;
  return text.slice(0, isHigh ? most - 1 : most);
}

/** In one line: a line break in it cannot add lines to a mail. */
export const oneLine = (text: string, most: number): string =>
  clipped(text.replaceAll(BREAKS, ' ').replaceAll(HALF_CHARACTER, '\ufffd'), most);
