/** `*` and `?` of policies. */

/** Compiled once; policies hold few, but variables in them may stand for many. */
const compiled = new Map<string, RegExp>();
const MOST_COMPILED = 2000;

/** Stand for a star, a question mark and a dollar sign that a variable has put there: they are not wildcards. */
export const LITERAL = { '*': '\uE000', '?': '\uE001', $: '\uE002' } as const;

/** The text that a pattern without wildcards is. */
export const plain = (pattern: string): string =>
  pattern.replaceAll(/[\uE000-\uE002]/g, (sign) => SIGNS.get(sign) ?? sign);
const SIGNS = new Map<string, string>(Object.entries(LITERAL).map(([sign, literal]) => [literal, sign]));

export function like(pattern: string, text: string): boolean {
  if (pattern === '*') return true;
  if (!/[*?\uE000-\uE002]/.test(pattern)) return pattern === text;
  return regExpOf(pattern).test(text);
}

/** ARNs are compared part by part: a star does not reach over a colon, except in the last part. */
export function arnLike(pattern: string, arn: string): boolean {
  const [patterns, parts] = [partsOf(pattern), partsOf(arn)];
  return patterns.length === parts.length && patterns.every((one, i) => like(one, parts[i] ?? ''));
}

function partsOf(arn: string): string[] {
  const parts = arn.split(':');
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function regExpOf(pattern: string): RegExp {
  const known = compiled.get(pattern);
  if (known) return known;
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  const source = escaped
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll(LITERAL['*'], '\\*')
    .replaceAll(LITERAL['?'], '\\?')
    .replaceAll(LITERAL.$, '\\$');
  const regExp = new RegExp(`^${source}$`, 's');
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(pattern, regExp);
  return regExp;
}
