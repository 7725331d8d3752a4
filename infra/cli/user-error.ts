/** Errors for people, who can fix what is wrong. */

/** An error that the user can fix. The message is all they need, without a stack trace. */
export class UserError extends Error {
  /** What was typed, or a file that it names, cannot be used: exit code 2 instead of 1. */
  misuse = false;

  static misuse(message: string, options?: ErrorOptions): UserError {
    const error = new UserError(message, options);
    error.misuse = true;
    return error;
  }
}

const MOST_SUGGESTED = 3;

/** `Did you mean hottest-devices?`, or `otherwise` where no known name is similar. */
export function didYouMean(typed: string, known: readonly string[], otherwise: string): string {
  const wanted = typed.toLowerCase();
  const near = known
    .map((name) => ({ name, distance: levenshtein(wanted, name.toLowerCase()) }))
    .filter(
      ({ name, distance }) =>
        distance <= Math.max(2, typed.length / 3) || name.toLowerCase().includes(wanted),
    )
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_SUGGESTED);
  return near.length > 0 ? `Did you mean ${near.map(({ name }) => name).join(' or ')}?` : otherwise;
}

function levenshtein(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
