/**
 * Parts of a page that a command writes, between `<!-- NAME: … -->` and `<!-- end of NAME -->`. What stands around them
 * is a person's. Pure.
 */
import { UserError } from './user-error.ts';

export type Parts = Readonly<Record<string, string>>;

/** @throws UserError when the page has no place for a part */
export function withParts(page: string, parts: Parts): string {
  return Object.entries(parts).reduce((text, [name, content]) => {
    const place = new RegExp(`(<!-- ${name}: [^\\n]*-->\\n)[\\s\\S]*?(<!-- end of ${name} -->)`);
    if (!place.test(text)) throw new UserError(`Expected "<!-- ${name}: … -->" to "<!-- end of ${name} -->"`);
    return text.replace(place, (_, begin: string, end: string) => `${begin}${content.trimEnd()}\n${end}`);
  }, page);
}

/** A Markdown table; all columns but the first are numbers, unless `left` says how many are words. */
export function markdownTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  left = 1,
): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
  const rule = header.map((_, i) => (i < left ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}
