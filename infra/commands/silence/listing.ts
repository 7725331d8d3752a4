/** Silences in words. Pure. */
import type { Silence } from '../../../services/contract/silence-schema.ts';
import { type SilenceState, stateOf } from '../../cli/silences.ts';
import { minuteOf, plain, wrap } from '../../cli/text.ts';

const ORDER: readonly SilenceState[] = ['active', 'waits', 'over'];

/** What is active first, then by start. */
export function listing(silences: readonly Silence[], nowMs: number): string {
  const rank = (silence: Silence) => ORDER.indexOf(stateOf(silence, nowMs));
  const sorted = silences.toSorted(
    (a, b) => rank(a) - rank(b) || (a.starts_at < b.starts_at ? -1 : Number(a.starts_at > b.starts_at)),
  );
  return sorted.map((silence) => `${linesOf(silence, nowMs).join('\n')}\n`).join('');
}

function linesOf(silence: Silence, nowMs: number): string[] {
  const { id, author, comment } = silence;
  const state = stateOf(silence, nowMs).padEnd('active'.length);
  return [
    ...wrap(whenOf(silence), `${id}  ${state}  `),
    ...wrap(plain(`${whatOf(silence)}; ${author}: ${comment}`), ' '.repeat(id.length + 2)),
  ];
}

/** Such as `site plant-1, rule temperature-*`. */
export function whatOf({ matchers: { sites, devices, rules, severities } }: Silence): string {
  const parts = Object.entries({ site: sites, device: devices, rule: rules, severity: severities });
  return parts.flatMap(([name, list]) => (list ? [`${name} ${list.join(' or ')}`] : [])).join(', ');
}

/** Such as `Sun 02:00-04:00 Europe/Berlin, from 2026-01-31 09:30 UTC`. */
export function whenOf({ weekly, starts_at, ends_at }: Silence): string {
  const from = `from ${minuteOf(starts_at)} UTC`;
  const until = ends_at === undefined ? '' : ` until ${minuteOf(ends_at)} UTC`;
  return weekly === undefined ? `${from}${until}` : `${weekly.window} ${weekly.zone}, ${from}${until}`;
}

/** One JSON object a line. */
export const asJson = (silences: readonly Silence[], nowMs: number): string =>
  silences.map((silence) => `${JSON.stringify({ ...silence, state: stateOf(silence, nowMs) })}\n`).join('');
