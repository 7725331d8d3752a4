// Where a text ceases to be JSON. Engines say so in different words, or not at all. Pure.

const TOKEN =
  /[ \t\n\r]*("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:])/uy;
const SPACE = /[ \t\n\r]*/y;

/** Undefined for JSON. @param {string} text @returns {number | undefined} */
export function brokenAt(text) {
  const tokens = tokensOf(text);
  let next = 0;
  const peek = () => tokens[next]?.text ?? '';
  /** @param {string} wanted */
  const take = (wanted) => {
    if (peek() !== wanted) return false;
    next += 1;
    return true;
  };

  function value() {
    if (take('{')) return take('}') || members(field, '}');
    if (take('[')) return take(']') || members(value, ']');
    if (/^[}\],:]?$/.test(peek())) return false;
    next += 1;
    return true;
  }

  /** @type {(member: () => boolean, end: string) => boolean} */
  function members(member, end) {
    do if (!member()) return false;
    while (take(','));
    return take(end);
  }

  function field() {
    if (!peek().startsWith('"')) return false;
    next += 1;
    return take(':') && value();
  }

  const isWhole = value() && peek() === '' && tokens[next] === undefined;
  const end = tokens.at(-1)?.to ?? 0;
  SPACE.lastIndex = end;
  SPACE.test(text);
  const rest = SPACE.lastIndex;
  if (isWhole) return rest === text.length ? undefined : rest;
  return tokens[next]?.from ?? rest;
}

/** As far as there are any. @param {string} text */
function tokensOf(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
    const token = found[1] ?? '';
    tokens.push({ text: token, from: TOKEN.lastIndex - token.length, to: TOKEN.lastIndex });
  }
  return tokens;
}
