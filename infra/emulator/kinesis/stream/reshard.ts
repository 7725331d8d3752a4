/** Which shards to split and to merge so that the hash keys are shared evenly. */
import { evenRanges, type HashRange } from './hash.ts';

export type Step =
  | { kind: 'split'; range: HashRange; at: bigint }
  | { kind: 'merge'; left: HashRange; right: HashRange };

/**
 * First every range is split at the bounds that are missing, then what lies between two bounds is merged.
 * @param open ranges that cover all hash keys, in their order
 */
export function stepsTo(count: number, open: readonly HashRange[]): Step[] {
  const wanted = evenRanges(count);
  const steps: Step[] = [];
  const pieces: HashRange[] = [];
  for (const range of open) {
    let { start } = range;
    for (const { start: at } of wanted) {
      if (at <= start || at > range.end) continue;
      steps.push({ kind: 'split', range: { start, end: range.end }, at });
      pieces.push({ start, end: at - 1n });
      start = at;
    }
    pieces.push({ start, end: range.end });
  }
  for (const { start, end } of wanted) {
    const inside = pieces.filter((piece) => piece.start >= start && piece.end <= end);
    inside.reduce((left, right) => {
      steps.push({ kind: 'merge', left, right });
      return { start: left.start, end: right.end };
    });
  }
  return steps;
}
