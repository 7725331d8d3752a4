/** A transition of a whole site as its alert. */
import { type Alert, WHOLE_SITE } from '../../contract/alert.ts';
import { toAlert } from '../alert-row.ts';
import { summaryOf } from '../alert-words.ts';
import type { CompiledRule, Transition } from '../compiled-rule.ts';
import type { SiteFront } from '../presence.ts';
import type { SiteStep } from './site-silence.ts';

/** @param nowMs when it was noticed, ms since the epoch */
export function toSiteAlert(
  transition: Transition,
  { siteId, devices }: SiteFront,
  { isGivenUp }: SiteStep,
  compiled: CompiledRule,
  nowMs: number,
): Alert {
  const alert = toAlert(transition, { site_id: siteId, device_id: WHOLE_SITE }, compiled, nowMs);
  const normal = noteOf(transition, devices, isGivenUp ?? false);
  if (normal === undefined) return alert;
  const noted = { ...alert, normal };
  return { ...noted, summary: summaryOf(noted, compiled.rule.annotations?.summary) };
}

function noteOf({ status }: Transition, devices: number, isGivenUp: boolean): string | undefined {
  if (isGivenUp) return 'given up';
  if (status === 'resolved') return undefined;
  return `${devices} ${devices === 1 ? 'device' : 'devices'} there`;
}
