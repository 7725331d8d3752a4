/** What a person is told about a file system that refuses. */

const PROBLEMS: readonly (readonly [signs: RegExp, says: string])[] = [
  [/\bENOSPC\b|No space left/i, 'the disk is full: free some space'],
  [/\bEDQUOT\b|quota exceeded/i, 'the quota of the disk is used up: free some space'],
  [/\bE[MN]FILE\b|too many open files/i, 'too many files are open: raise the limit (ulimit -n)'],
  [/\bEFBIG\b|File too large/i, 'no file may grow so large: raise the limit (ulimit -f)'],
  [/\bEROFS\b|Read-only file system/i, 'the disk is read-only: make it writable'],
  [/\b(?:EACCES|EPERM)\b|Permission denied/i, 'it is not allowed: change its owner or mode'],
  [/\bEIO\b|Input\/output error/i, 'the disk fails: replace it'],
];

/** Why, and what to do; undefined for an error of another kind. LevelDB's errors carry their reason only as text. */
export function diskProblem(error: unknown): string | undefined {
  const { code = '', message = '' } = (error ?? {}) as { code?: unknown; message?: unknown };
  const text = `${String(code)} ${String(message)}`;
  return PROBLEMS.find(([signs]) => signs.test(text))?.[1];
}

/** The same, or else the error's own words. */
export const whyNotWritten = (error: unknown): string =>
  diskProblem(error) ?? (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error));
