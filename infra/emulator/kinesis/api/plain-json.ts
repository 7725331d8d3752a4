/**
 * JSON of nothing but objects, lists and texts without escapes, which is what clients put records with. Megabytes of
 * base64 are most of it: they stay where they are, because a text made of them would be copied several times.
 */
import { isAscii } from 'node:buffer';
import { Base64Text } from './base64.ts';

export type PlainJson = string | Base64Text | PlainJson[] | { [name: string]: PlainJson };

/** A text of so many bytes stays in the body. */
const LONG = 4096;
/** So far the end of a text is looked for byte by byte. */
const SHORT = 64;
const DEPTH = 8;

const code = (character: string) => character.charCodeAt(0);
const [QUOTE, COMMA, COLON] = [code('"'), code(','), code(':')];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [code('['), code(']'), code('{'), code('}')];
const BLANKS: readonly (number | undefined)[] = [...' \n\r\t'].map(code);

/** @returns undefined for anything else, which may still be JSON */
export function parsePlainJson(body: Buffer): PlainJson | undefined {
  return isAscii(body) && !body.includes('\\') ? new Reader(body).whole() : undefined;
}

class Reader {
  readonly #body: Buffer;
  #at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  whole(): PlainJson | undefined {
    const value = this.#value(DEPTH);
    this.#skipBlanks();
    return this.#at === this.#body.length ? value : undefined;
  }

  #value(depth: number): PlainJson | undefined {
    if (depth === 0) return undefined;
    if (this.#takes(QUOTE)) return this.#text();
    if (this.#takes(OPEN_OBJECT)) return this.#object(depth - 1);
    return this.#takes(OPEN_LIST) ? this.#list(depth - 1) : undefined;
  }

  #object(depth: number): PlainJson | undefined {
    const members: { [name: string]: PlainJson } = {};
    if (this.#takes(CLOSE_OBJECT)) return members;
    do {
      const name = this.#takes(QUOTE) ? this.#text() : undefined;
      const value = this.#takes(COLON) ? this.#value(depth) : undefined;
      if (typeof name !== 'string' || name === '__proto__' || value === undefined) return undefined;
      members[name] = value;
    } while (this.#takes(COMMA));
    return this.#takes(CLOSE_OBJECT) ? members : undefined;
  }

  #list(depth: number): PlainJson | undefined {
    const items: PlainJson[] = [];
    if (this.#takes(CLOSE_LIST)) return items;
    do {
      const item = this.#value(depth);
      if (item === undefined) return undefined;
      items.push(item);
    } while (this.#takes(COMMA));
    return this.#takes(CLOSE_LIST) ? items : undefined;
  }

  /** From behind its first quotation mark to behind its last one. */
  #text(): string | Base64Text | undefined {
    const from = this.#at;
    const to = this.#endOfText(from);
    if (to < 0) return undefined;
    this.#at = to + 1;
    if (to - from >= LONG) return new Base64Text(this.#body.subarray(from, to));
    const text = this.#body.toString('latin1', from, to);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them in a text.
    return /[\0-\x1f]/.test(text) ? undefined : text;
  }

  #endOfText(from: number): number {
    const soon = Math.min(from + SHORT, this.#body.length);
    for (let at = from; at < soon; at += 1) if (this.#body[at] === QUOTE) return at;
    return this.#body.indexOf(QUOTE, soon);
  }

  /** Whether this comes next, behind blanks; then it is passed. */
  #takes(wanted: number): boolean {
    this.#skipBlanks();
    if (this.#body[this.#at] !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #skipBlanks(): void {
    while (BLANKS.includes(this.#body[this.#at])) this.#at += 1;
  }
}
