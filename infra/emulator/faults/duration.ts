const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Milliseconds of a duration such as `1.5s`.
 * @throws RangeError naming what was expected and what came
 */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  if (unit === undefined)
    throw new RangeError(`Expected a duration such as 250ms, 5s, 10m, 2h or 1d, got "${text}"`);
  return Math.round(Number(amount) * UNITS_MS[unit as keyof typeof UNITS_MS]);
}
