/** What a line that is not JSON looks like: the usual mistakes, told without its content. */

/** What it looks like, the name of that, and what to change. The first that fits is told. */
const LOOKS: readonly [RegExp, string, string][] = [
  [/^\uFEFF/, 'a byte order mark comes first', 'Write UTF-8 without a byte order mark'],
  [/^(?!\s)\p{Cc}/u, 'it is compressed', 'Send it as it is, not compressed'],
  [/(?!\s)\p{Cc}/u, 'it is UTF-16, or binary', 'Send JSON text in UTF-8'],
  [
    /^\s*[[{]\s*'|'\s*:/,
    'single quotes',
    'Write it by a JSON encoder (Python: json.dumps): names and texts have double quotes',
  ],
  [
    /[:[,]\s*[+-]?(?:NaN|Infinity|nan|inf)\b/,
    'a value that is NaN or infinite',
    'Leave such a value out, or send null',
  ],
  [/[:[,]\s*(?:None|True|False|undefined)\b/, 'a word that JSON does not have', 'Write null, true or false'],
  [/\}[\s,]*\{/, 'several objects', 'Write a line feed after each reading'],
  [/,\s*[}\]]/, 'a comma before a closing bracket', 'Leave the last comma out'],
  [/^\s*\{[^}]*$/, 'it is cut off', 'Send a reading whole, in one line'],
  [/^[^{["]*=/, 'names and values with =', 'Send a JSON object a line, such as {"temperature": 21.5, …}'],
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
