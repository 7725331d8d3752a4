/** Members of a JSON object as they are written, so that their numbers, escapes and nesting stay what they are. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The values of these members; of a name that is there twice the last one, as JSON.parse and jq do it.
 * @param json a valid JSON object
 */
export function membersOf(json: string, names: readonly string[]): Map<string, string> {
  const members = new Map<string, string>();
  let at = afterSpace(json, 0) + 1;
  for (;;) {
    const keyStart = afterSpace(json, at);
    if (json[keyStart] !== '"') return members;
    const keyEnd = stringEnd(json, keyStart);
    const name = textOf(json.slice(keyStart, keyEnd));
    const start = afterSpace(json, afterSpace(json, keyEnd) + 1);
    const end = valueEnd(json, start);
    if (names.includes(name)) members.set(name, json.slice(start, end));
    // Over the comma, or beyond the end of the object.
    at = afterSpace(json, end) + 1;
  }
}

const textOf = (literal: string): string =>
  literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);

function afterSpace(json: string, start: number): number {
  let at = start;
  while (at < json.length && json.charCodeAt(at) <= 0x20) at += 1;
  return at;
}

function stringEnd(json: string, start: number): number {
  for (let at = start + 1; ; at += 1) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
}

function valueEnd(json: string, start: number): number {
  let depth = 0;
  for (let at = start; ; at += 1) {
    switch (json[at]) {
      case '"':
        at = stringEnd(json, at) - 1;
        break;
      case '[':
      case '{':
        depth += 1;
        continue;
      case ']':
      case '}':
        // The end of the object ends a number.
        if (depth === 0) return at;
        depth -= 1;
        break;
      case ',':
        if (depth === 0) return at;
        continue;
      case undefined:
        return at;
      default:
        continue;
    }
    if (depth === 0) return at + 1;
  }
}
