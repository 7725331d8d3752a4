/** Whether a name fits one of the patterns; without any, every name does. */
export const fits = (patterns: readonly string[] | undefined, name: string): boolean =>
  patterns === undefined || patterns.some((pattern) => globPattern(pattern).test(name));

/** Patterns for names: `*` is any run of characters, `?` any one, and everything else itself. */
export const globPattern = (glob: string): RegExp =>
  new RegExp(
    `^${glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
