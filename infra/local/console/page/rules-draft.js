// Edits of the rules that nobody has written yet: a reload does not lose them, and the end of the tab does.

const KEY = 'streamwatch-rules-draft';

/** @type {(text: string, version: string) => void} */
export const keepDraft = (text, version) => sessionStorage.setItem(KEY, JSON.stringify({ text, version }));

export const dropDraft = () => sessionStorage.removeItem(KEY);

/** @returns {{ text: string, version: string } | undefined} */
export function keptDraft() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? '{}');
  return typeof kept.text === 'string' && typeof kept.version === 'string' ? kept : undefined;
}
