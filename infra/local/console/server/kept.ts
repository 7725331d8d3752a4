/** Answers stay for a while: each question is billed, and a page asks again whenever something has changed. */
const KEPT_MS = 60_000;
const MOST_KEPT = 100;

/**
 * What has failed is kept as well: a page asks again every second.
 * @param now ms since the epoch
 */
export function keptForAMinute<Key, Answer>(
  now: () => number,
  ask: (key: Key) => Promise<Answer>,
): (key: Key) => Promise<Answer> {
  const kept = new Map<Key, { atMs: number; answer: Promise<Answer> }>();
  return (key) => {
    const known = kept.get(key);
    if (known && now() - known.atMs < KEPT_MS) return known.answer;
    if (kept.size >= MOST_KEPT) kept.clear();
    const answer = ask(key);
    answer.catch(() => {});
    kept.set(key, { atMs: now(), answer });
    return answer;
  };
}
