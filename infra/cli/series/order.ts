/** Points in order of time. */

/** The three have the same length. */
export interface Points {
  timesMs: number[];
  values: number[];
  /** The place of each in the file. */
  lines: number[];
}

/** Indices in order of time, equal times as in the file; undefined if the file has this order already. */
export function orderOf(timesMs: readonly number[]): Uint32Array | undefined {
  const at = (i: number) => timesMs[i] as number;
  if (timesMs.every((ms, i) => i === 0 || ms >= at(i - 1))) return undefined;
  return Uint32Array.from(timesMs.keys()).sort((a, b) => at(a) - at(b) || a - b);
}

/**
 * The points in order, the first of each time.
 * @param onRepeat called for the others
 */
export function distinctTimes(
  points: Points,
  order: Uint32Array | undefined,
  onRepeat: (line: number, ms: number, firstLine: number) => void,
): { timesMs: number[]; values: number[] } {
  const timesMs: number[] = [];
  const values: number[] = [];
  let [lastMs, lastLine] = [Number.NaN, 0];
  for (let i = 0; i < points.timesMs.length; i++) {
    const row = order?.[i] ?? i;
    const [ms, line] = [points.timesMs[row] as number, points.lines[row] as number];
    if (ms === lastMs) {
      onRepeat(line, ms, lastLine);
      continue;
    }
    timesMs.push(ms);
    values.push(points.values[row] as number);
    [lastMs, lastLine] = [ms, line];
  }
  return { timesMs, values };
}
