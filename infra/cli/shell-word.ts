/** A path or a name as a word of a command that is shown: quoted where a shell needs it. */
export const shellWord = (text: string): string =>
  /^[\w./:\\@%+,=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
