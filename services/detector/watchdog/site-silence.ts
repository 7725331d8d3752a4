/**
 * The kind `silent`, `of: site`: one look at how far a site has come, against the newest of all sites. Pure.
 *
 * | from → to | when | notification |
 * |---|---|---|
 * | normal → pending | the site is further behind than any that speaks | – |
 * | pending → pending, normal | it has come further meanwhile: it speaks; or its last device was forgotten | – |
 * | pending → firing | surely nothing for `for`, and nothing while the watchdog looked on | firing |
 * | firing → normal | it has come further, or it is given up: after `forgetAfter`, or with its last device | resolved |
 *
 * Event time says how long a site is silent, so that a pipeline that stands still makes nobody silent: then the newest
 * of all sites does not move either. After that, shards catch up at different speeds, and a site in a slow one looks
 * silent. It moves while it catches up, and that is what the watchdog's own clock is for: it looks on for `for`, less the
 * time after which a site is looked at, before it says anything.
 */

import { formatSentHour } from '../../contract/reading.ts';
import { WHOLE_SITE } from '../../contract/whole-site.ts';
import type { CompiledRule, Transition } from '../compiled-rule.ts';
import { type Incident, incidentId, type Pending } from '../incident.ts';
import type { Mark } from '../mark.ts';
import { FRONT_EVERY_MS, type SiteFront } from '../presence.ts';
import { type Span, spanOf, widen } from '../span.ts';

/** A site that speaks is not so far behind: its front is noted that often, and the batch that notes it takes a while. */
const SUSPECT_MS = 2 * FRONT_EVERY_MS;
/** A front that has not moved for so long belongs to a site that does not speak. */
const MIN_WATCH_MS = FRONT_EVERY_MS + 60_000;

export interface Look {
  site: SiteFront;
  /** The newest front of all sites. */
  frontier: string;
  /** Wall clock, ms since the epoch. */
  nowMs: number;
}

/** What a rule of: site asks for, in ms. */
export interface SilenceTerms {
  forMs: number;
  forgetAfterMs: number;
}

export interface SiteStep {
  /** The very object that came in when nothing has changed. */
  incident: Incident | undefined;
  transition?: Transition;
}

export function lookAt(
  incident: Incident | undefined,
  look: Look,
  rule: CompiledRule,
  { forMs, forgetAfterMs }: SilenceTerms,
): SiteStep {
  const { site, nowMs } = look;
  const gapMs = Date.parse(look.frontier) - Date.parse(site.front);
  const isMissed = gapMs < forgetAfterMs && site.devices > 0;
  switch (incident?.state) {
    case undefined:
    case 'normal':
      // What was ended by hand stays so until the site speaks again.
      if (incident?.mark.closed !== undefined && incident.mark.at === site.front) return { incident };
      // Another day, a site that was given up is as silent as before.
      return gapMs >= SUSPECT_MS && isMissed ? { incident: suspected(look) } : { incident };
    case 'pending': {
      if (incident.mark.at !== site.front || site.devices === 0) {
        return {
          incident:
            gapMs >= SUSPECT_MS && site.devices > 0
              ? suspected(look)
              : { state: 'normal', mark: markOf(look) },
        };
      }
      const watchedMs = nowMs - incident.mark.arrived * 1000;
      const isSilent = gapMs >= forMs + FRONT_EVERY_MS;
      const isWatched = watchedMs >= Math.max(MIN_WATCH_MS, forMs - SUSPECT_MS + FRONT_EVERY_MS);
      return isSilent && isWatched ? opened(incident, look, rule, gapMs) : { incident };
    }
    case 'firing':
    case 'recovering': {
      const isHeard = incident.mark.at !== site.front;
      if (!isHeard && isMissed) return { incident };
      const { incidentId, severity, startedAt } = incident;
      const silentMs = Date.parse(look.frontier) - Date.parse(startedAt);
      const span = widen(incident.span, hourOf(look.frontier));
      const value = silentMs / 1000;
      return {
        incident: { state: 'normal', mark: markOf(look) },
        transition: {
          ...{ status: 'resolved', incidentId, severity, startedAt, span },
          ...{ value, peak: value, at: look.frontier },
          ...(!isHeard && { note: 'given up' }),
        },
      };
    }
  }
}

const suspected = (look: Look): Pending => ({ state: 'pending', mark: markOf(look), window: [] });

/** `arrived` is when the watchdog first saw this front. */
const markOf = ({ site, nowMs }: Look): Mark => ({
  ...{ at: site.front, seq: 0, arrived: Math.floor(nowMs / 1000), turns: 0 },
});

function opened(incident: Pending, look: Look, { rule }: CompiledRule, gapMs: number): SiteStep {
  const { siteId, front } = look.site;
  const [step] = rule.severity;
  if (step === undefined) throw new RangeError(`Rule ${rule.name} has no severity`);
  const value = gapMs / 1000;
  const firing = {
    ...{ state: 'firing' as const, mark: incident.mark, severity: step.severity },
    incidentId: incidentId(siteId, WHOLE_SITE, rule.name, front),
    ...{ startedAt: front, peak: value, span: hourOf(front) },
  };
  const { incidentId: id, severity, startedAt, peak, span } = firing;
  const { devices } = look.site;
  return {
    incident: firing,
    transition: {
      ...{ status: 'firing', incidentId: id, severity, startedAt, peak, span },
      ...{ value, at: look.frontier },
      note: `${devices} ${devices === 1 ? 'device' : 'devices'} there`,
    },
  };
}

/** As if what was made then had been sent at once: more is not known of a whole site. */
const hourOf = (at: string): Span =>
  spanOf({ timestamp: at, timestamp_sent: formatSentHour(Date.parse(at)) });
