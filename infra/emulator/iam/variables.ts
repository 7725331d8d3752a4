/** Policy variables, such as `${aws:username}`: only in policies of version 2012-10-17. */
import { type Context, isKnownKey } from './context.ts';
import { LITERAL } from './pattern.ts';

const VARIABLE = /\$\{([^}]*)\}/g;
const WITH_DEFAULT = /^([^,]+?)\s*,\s*'([^']*)'$/;

/** The first variable in the text that is not known here. */
export function unknownVariable(text: string): string | undefined {
  for (const [whole, inner = ''] of text.matchAll(VARIABLE)) {
    if (!Object.hasOwn(LITERAL, inner) && !isKnownKey(keyOf(inner))) return whole;
  }
  return undefined;
}

const keyOf = (inner: string) => WITH_DEFAULT.exec(inner)?.[1] ?? inner;

/** The text with its values; undefined where one has none, or several: then nothing matches it. */
export function substitute(text: string, context: Context): string | undefined {
  if (!text.includes('${')) return text;
  let complete = true;
  const replaced = text.replaceAll(VARIABLE, (_, inner: string) => {
    if (Object.hasOwn(LITERAL, inner)) return LITERAL[inner as keyof typeof LITERAL];
    const values = context.get(keyOf(inner).toLowerCase()) ?? [];
    const value = values.length === 1 ? values[0] : WITH_DEFAULT.exec(inner)?.[2];
    if (value === undefined) complete = false;
    return literally(value ?? '');
  });
  return complete ? replaced : undefined;
}

/** A value is itself, whatever it contains. */
const literally = (value: string) =>
  value.replaceAll(/[*?$]/g, (sign) => LITERAL[sign as keyof typeof LITERAL]);
