/**
 * Finds the top-level fields that a jq query reads. Thousands of lines share a handful of hours, so a query that
 * provably reads only `timestamp_sent` needs to run only once for each value of it.
 *
 * The proof is by form; a query of any other form runs on whole lines. The form is an object
 * `{key: .field, key: (.field | …), …}`: in jq, `.field | rest` gives `rest` the value of the field as its only
 * input, and `|` binds weakest, so `rest` cannot reach the object that the field came from. Excluded are builtins that
 * see more than their input, and strings with interpolation and comments, which this parser does not read.
 */

const TOKEN = /\s+|("(?:[^"\\]|\\.)*")|(\.[A-Za-z_][A-Za-z0-9_]*)|(\$?[A-Za-z_][A-Za-z0-9_]*)|(#)|([\s\S])/gy;

/** Builtins that read other inputs, the clock or the environment, or that end jq. */
const IMPURE =
  /^(?:inputs?|input_line_number|input_filename|debug|stderr|now|localtime|strflocaltime|halt|halt_error|\$ENV|env|import|include|modulemeta|get_search_list)$/;

interface Token {
  kind: 'string' | 'field' | 'word' | 'other';
  text: string;
}

/** The fields, sorted; undefined when the form of the query proves nothing. */
export function fieldsReadBy(query: string): string[] | undefined {
  const tokens = tokenize(query);
  if (!tokens || tokens.some(({ kind, text }) => kind === 'word' && IMPURE.test(text))) return undefined;
  if (tokens[0]?.text !== '{') return undefined;
  const fields = new Set<string>();
  let at = 1;
  for (;;) {
    const key = tokens[at];
    if (key?.kind !== 'word' && key?.kind !== 'string') return undefined;
    if (tokens[at + 1]?.text !== ':') return undefined;
    const end = readValue(tokens, at + 2, fields);
    if (end === undefined) return undefined;
    at = end + 1;
    if (tokens[end]?.text === '}') break;
    if (tokens[end]?.text !== ',') return undefined;
  }
  return at === tokens.length ? [...fields].sort() : undefined;
}

/** Reads `.field`, `.field | rest` or `( … ) | rest`; returns the index of the token after it, at the same depth. */
function readValue(tokens: Token[], start: number, fields: Set<string>): number | undefined {
  let at = start;
  if (tokens[at]?.text === '(') {
    const close = readValue(tokens, at + 1, fields);
    if (close === undefined || tokens[close]?.text !== ')') return undefined;
    at = close + 1;
  } else {
    const field = tokens[at];
    if (field?.kind !== 'field') return undefined;
    fields.add(field.text.slice(1));
    at += 1;
  }
  if (tokens[at]?.text !== '|') return at;
  return skipPipeline(tokens, at + 1);
}

const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' };

/** Returns the index of the bracket that encloses the pipeline or, in an object, of the comma that ends the value. */
function skipPipeline(tokens: Token[], start: number): number | undefined {
  const open: string[] = [];
  for (let at = start; at < tokens.length; at++) {
    const text = tokens[at]?.kind === 'other' ? (tokens[at]?.text ?? '') : '';
    if (open.length === 0 && (text === ')' || text === '}' || text === ',')) return at;
    if (CLOSING[text]) open.push(CLOSING[text]);
    else if (text && text === open.at(-1)) open.pop();
    else if (text === ')' || text === ']' || text === '}') return undefined;
  }
  return undefined;
}

function tokenize(query: string): Token[] | undefined {
  const tokens: Token[] = [];
  for (const [, string, field, word, comment, other] of query.matchAll(TOKEN)) {
    if (comment || string?.includes('\\(') || other === '"') return undefined;
    if (string) tokens.push({ kind: 'string', text: string });
    else if (field) tokens.push({ kind: 'field', text: field });
    else if (word) tokens.push({ kind: 'word', text: word });
    else if (other) tokens.push({ kind: 'other', text: other });
  }
  return tokens;
}
