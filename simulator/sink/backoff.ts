/** Exponential backoff with full jitter: the wait before the next attempt, in ms, after a number of failures in a row. */
const BASE_MS = 100;
const CAP_MS = 5000;

export const backoffMs = (failures: number, random: () => number): number =>
  random() * Math.min(CAP_MS, BASE_MS * 2 ** (failures - 1));
