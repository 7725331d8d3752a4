/** Durations as people write them: `250ms`, `5s`, `10m`, `2h`, `1d`. One grammar for rules, flags and configuration. */

const UNITS_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
export const DURATION_PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** A hundred years: a date that far away is still one. */
const MAX_MS = 36_500 * UNITS_MS.d;

const msOf = ([, count, unit]: RegExpExecArray): number =>
  Math.round(Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS]);

/**
 * Milliseconds of a duration such as `1.5s`.
 * @throws RangeError naming what was expected and what came
 */
export function parseDuration(text: string): number {
  const match = DURATION_PATTERN.exec(text.trim());
  if (!match) throw new RangeError(`Expected a duration such as 250ms, 5s, 10m, 2h or 1d, got "${text}"`);
  const ms = msOf(match);
  if (ms > MAX_MS) throw new RangeError(`Expected at most 36500d, which is 100 years, got "${text}"`);
  return ms;
}

/** The shortest exact writing of a number of milliseconds: 90000 → `90s`, 3600000 → `1h`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms >= UNITS_MS[unit] && ms % UNITS_MS[unit] === 0) return `${ms / UNITS_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}

/** How long something lasted, for a person: the two largest units, such as `2 h 5 min` or `40 s`. */
export function describeLength(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const units: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ];
  const first = units.findIndex(([n]) => n > 0);
  if (first === -1) return '0 s';
  const shown = units.slice(first, first + 2).filter(([n]) => n > 0);
  return shown.map(([n, unit]) => `${n} ${unit}`).join(' ');
}

/** Is it one that is too long? */
export function isTooLong(text: string): boolean {
  const match = DURATION_PATTERN.exec(text);
  return match !== null && msOf(match) > MAX_MS;
}
