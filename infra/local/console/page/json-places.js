// Where everything stands in a text of JSON, also in one that is being typed: as much as can be read of it. Pure.

/** @typedef {(string | number)[]} Path */
/**
 * `from` and `to` are of the value, together with its name.
 * @typedef {{ path: Path, from: number, to: number }} Place
 */

const SPACE = /[\s,]*/y;
const STRING = /"(?:[^"\\\n]|\\.)*"?/y;
const WORD = /[^\s,:[\]{}"]+/y;

/** All values, outer ones first. @param {string} text @returns {Place[]} */
export function placesOf(text) {
  /** @type {Place[]} */
  const places = [];
  let at = 0;

  /** @param {RegExp} pattern what it finds here is passed over */
  function take(pattern) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  }

  /** @param {Path} path @param {number} from */
  function value(path, from) {
    const place = { path, from, to: from };
    places.push(place);
    take(SPACE);
    if (text[at] === '{') fields(path);
    else if (text[at] === '[') items(path);
    else if (take(STRING) === '') take(WORD);
    place.to = at;
  }

  /** @param {Path} path */
  function fields(path) {
    at += 1;
    for (take(SPACE); at < text.length && text[at] !== '}' && text[at] !== ']'; take(SPACE)) {
      const from = at;
      const name = take(STRING) || take(WORD);
      take(SPACE);
      if (text[at] === ':') at += 1;
      if (name === '' && at === from) at += 1;
      else value([...path, nameIn(name)], from);
    }
    if (text[at] === '}') at += 1;
  }

  /** @param {Path} path */
  function items(path) {
    at += 1;
    let index = 0;
    for (take(SPACE); at < text.length && text[at] !== ']' && text[at] !== '}'; take(SPACE)) {
      const from = at;
      value([...path, index], from);
      index += 1;
      // What no value begins with is passed over.
      if (at === from) at += 1;
    }
    if (text[at] === ']') at += 1;
  }

  value([], 0);
  return places;
}

/** @param {string} written */
function nameIn(written) {
  try {
    return String(JSON.parse(written));
  } catch {
    return written.replaceAll('"', '');
  }
}

/** The path of the innermost value around a place in the text. @param {Place[]} places @param {number} at @returns {Path} */
export const pathAt = (places, at) => places.findLast(({ from, to }) => from <= at && at <= to)?.path ?? [];

/** The value with this path, or the innermost one around where it would be. @param {Place[]} places @param {Path} path */
export function placeOf(places, path) {
  const known = new Map(places.map((place) => [JSON.stringify(place.path), place]));
  for (let length = path.length; length >= 0; length -= 1) {
    const place = known.get(JSON.stringify(path.slice(0, length)));
    if (place) return place;
  }
  return places[0];
}

/** From 1. @param {string} text @param {number} at */
export const lineAt = (text, at) => text.slice(0, at).split('\n').length;
