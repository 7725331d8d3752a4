// What the fleet's charts show, from the data and the choices made.
import { keyOf } from './fleet-data.js';
import { serverNow } from './format.js';
import { describeMetric, thresholdsOf } from './metrics.js';

/** @import { About, FleetState, ListedIncident } from '../page-state.ts' */
/** @import { View } from './chart-painter.js' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Store } from './store.js' */

/** `site` is empty for all. @typedef {{ metric: string, site: string, truth: boolean }} Chosen */

/** Minimum number of seconds that a chart shows. */
const SHORTEST = 30;

/** The parts received so far; `about` arrives before anything is drawn. @param {Store} store */
export function knownParts({ parts: { about, ...rest } }) {
  if (!about) throw new Error('Expected the part "about" before a chart is drawn');
  return { about, ...rest };
}

/** The devices that are shown. @param {FleetData} data @param {Chosen} chosen */
export const indicesOf = (data, chosen) =>
  data.devices.filter((device) => !chosen.site || device.site_id === chosen.site).map(({ index }) => index);

/**
 * What the chart of a metric shows.
 * @param {{ about: About, incidents?: ListedIncident[], fleet?: FleetState | null }} parts
 * @param {FleetData} data @param {Chosen} chosen @param {string} metric @returns {View}
 */
export function viewOf({ about, incidents = [], fleet }, data, chosen, metric) {
  const to = Math.floor(serverNow() / 1000);
  const from = Math.max(to - data.seconds + 2, Math.min(data.oldest, to - SHORTEST));
  const indices = indicesOf(data, chosen);
  const shown = new Map(indices.map((index) => [keyOf(data.device(index)), index]));
  const own = incidents.filter(
    (one) => shown.has(keyOf(one)) && (one.metric === metric || one.kind === 'silent'),
  );
  const open = new Set(own.filter(({ state }) => state !== 'resolved').map(keyOf));
  const episodes = (chosen.truth && fleet?.episodes) || [];
  /** @param {string | undefined} iso now, where it has not ended */
  const seconds = (iso) => (iso ? Date.parse(iso) / 1000 : to);
  const { label, unit } = describeMetric(about, metric);
  return {
    ...{ data, from, to, indices, unit },
    name: label,
    group: `${chosen.site}/${indices.length}`,
    metric: data.metrics.indexOf(metric),
    // The newest incident first, as they come.
    marked: [...open].flatMap((key) => shown.get(key) ?? []),
    thresholds: thresholdsOf(about.rules, metric),
    incidents: own.map((one) => ({ from: seconds(one.started_at), to: seconds(one.resolved_at) })),
    episodes: episodes
      .filter((one) => shown.has(keyOf(one)) && (one.metric === metric || one.metric === null))
      .map((one) => ({
        from: seconds(one.start),
        to: seconds(one.end),
        label: `${one.kind} ${one.device_id}`,
      }))
      .filter((one) => one.to >= from),
  };
}
