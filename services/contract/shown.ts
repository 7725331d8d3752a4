/**
 * A value as people are shown it: at most two decimals, and of what is smaller than a tenth three digits, as it would be
 * 0, or read like the threshold that it passed. Never -0.
 */
export const shownNumber = (value: number): number =>
  (Math.abs(value) < 0.1 ? Number(value.toPrecision(3)) : Math.round(value * 100) / 100) + 0;
