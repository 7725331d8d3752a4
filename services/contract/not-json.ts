/** What a line that is not JSON looks like: the usual mistakes, told without its content. */

const BY_AN_ENCODER = 'Write it by a JSON encoder (Python: json.dumps): names and texts have double quotes';
const AN_OBJECT = 'Send a JSON object a line, such as {"temperature": 21.5, …}';

/** What it looks like, the name of that, and what to change. The first that fits is told. */
const LOOKS: readonly [RegExp, string, string][] = [
  [/^\uFEFF/, 'a byte order mark comes first', 'Write UTF-8 without a byte order mark'],
  // Such as the record separators of JSON text sequences, and the end of a text in C.
  [
    /^\p{Cc}\s*\{\P{Cc}*\s*$/u,
    'a control character comes first',
    'Leave it out: a line feed after each reading is enough',
  ],
  [
    /^\P{Cc}+(?:(?!\s)\p{Cc})+\s*$/u,
    'a control character comes last',
    'End a line with a line feed, and no zero byte',
  ],
  // As gzip, zlib, zip and Zstandard begin, once read as UTF-8.
  [
    /^(?:\p{Cc}\uFFFD|x[\p{Cc}^\uFFFD]|PK\p{Cc}|\(\uFFFD\/\uFFFD)/u,
    'it is compressed',
    'Send it as it is, not compressed',
  ],
  [/(?!\s)\p{Cc}/u, 'it is UTF-16, or binary', 'Send JSON text in UTF-8'],
  [/^\s*[[{]\s*'|'\s*:/, 'single quotes', BY_AN_ENCODER],
  [
    /[:[,]\s*[+-]?(?:NaN|Infinity|nan|inf)\b/,
    'a value that is NaN or infinite',
    'Leave such a value out, or send null',
  ],
  [/[:[,]\s*(?:None|True|False|undefined)\b/, 'a word that JSON does not have', 'Write null, true or false'],
  [/":\s*[+-]?\d+,\d+\s*[,}]/, 'a decimal comma', 'Write numbers with a point, such as 21.5'],
  [
    /":\s*(?:\+|-?\.\d|-?0[xX\d]|-?\d+\.(?!\d|$)|-?\d[\d.]*_)/,
    'a number in another form than those of JSON',
    'Write numbers such as -21.5, with no plus sign, no leading zero, and digits on both sides of the point',
  ],
  [/\}[\s,]*\{/, 'several objects', 'Write a line feed after each reading'],
  [/,\s*[}\]]/, 'a comma before a closing bracket', 'Leave the last comma out'],
  [/\}\s*,\s*$/, 'a comma after it', 'Write a line feed after each reading, and no comma'],
  [/^\s*\{[^}]*$/, 'it is cut off', 'Send a reading whole, in one line'],
  [/^\s*\{\s*[A-Za-z_]\w*\s*:/, 'names without quotes', BY_AN_ENCODER],
  [/^\s*</, 'it is XML, or HTML', AN_OBJECT],
  [/^[^{["]*=/, 'names and values with =', AN_OBJECT],
  [/^[^{["]*,/, 'values with commas', AN_OBJECT],
];
const PREFIX = 'not JSON';

/** `not JSON`, and what it looks like where that is clear. */
export function explainNotJson(line: string): string {
  const found = LOOKS.find(([look]) => look.test(line.slice(0, LOOKED_AT)));
  return found === undefined ? PREFIX : `${PREFIX}: ${found[1]}`;
}

/** By reason. */
export const NOT_JSON_ADVICE: Readonly<Record<string, string>> = Object.fromEntries(
  LOOKS.map(([, name, advice]) => [`${PREFIX}: ${name}`, advice]),
);

/** Characters: enough for every look, and a long line costs no more. */
const LOOKED_AT = 1000;
