// A metric over a range of time, in pieces that the server has put together: a line and a band, and those that stand out.
import { ChartFrame } from './chart-frame.js';
import { drawSpans, drawThresholds, shortName } from './chart-parts.js';
import { colour, textPixel } from './colours.js';
import { axisValue, measured, moment } from './format.js';

/** @import { Series } from '../page-answers.ts' */
/** @import { Threshold } from './metrics.js' */

/**
 * `band`: what is normal for the device; `incidents`: when there was one, in seconds since the epoch.
 * @typedef {{
 *   series: Series, metric: string, name: string, unit: string, thresholds: Threshold[],
 *   band?: { min: number, max: number }, incidents: { from: number, to: number }[],
 * }} RangeView
 */

const OUTLIER_DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [1, 4]];

export class RangeChart extends ChartFrame {
  /** @type {RangeView | undefined} */
  #view;
  #shape = '';
  /** @param {RangeView} view */
  draw(view) {
    this.#view = view;
    this.element.setAttribute('aria-label', describe(view));
    const shape = view.series.outliers.map(({ site_id, device_id }) => `${site_id}/${device_id}`).join();
    if (this.plot && shape === this.#shape) this.plot.setData(dataOf(view));
    else this.create(this.element.clientWidth);
    this.#shape = shape;
  }

  /** @override @param {number} width */
  create(width) {
    if (this.#view && width > 0) this.open(width, dataOf(this.#view), this.#options(this.#view), axisValue);
  }

  /** @type {(view: RangeView) => Pick<uPlot.Options, 'series' | 'scales' | 'bands' | 'hooks'>} */
  #options(view) {
    /** @type {(alpha: number) => string} */
    const shade = (alpha) => colour('--accent').replace(/^rgb\(([^)]*)\)$/, `rgba($1, ${alpha})`);
    const edge = { stroke: 'transparent', points: { show: false } };
    return {
      scales: { x: { time: true, range: () => this.#xRange() }, y: { range: () => yRange(this.#known()) } },
      series: [
        {},
        edge,
        edge,
        edge,
        edge,
        { stroke: () => colour('--accent'), width: 1.5, points: { size: 4 } },
        ...view.series.outliers.map((_, i) => ({
          stroke: () => colour('--bad'),
          dash: OUTLIER_DASHES[i] ?? [],
          width: 1,
          points: { show: false },
        })),
      ],
      bands: [
        { series: [2, 1], fill: () => shade(0.14) },
        { series: [4, 3], fill: () => shade(0.2) },
      ],
      hooks: {
        drawAxes: [(plot) => paint(plot, this.#known())],
        draw: [(plot) => names(plot, this.#known())],
        setCursor: [(plot) => this.#hover(plot)],
      },
    };
  }

  #known() {
    if (!this.#view) throw new Error('Expected a view before anything is drawn');
    return this.#view;
  }

  /** @returns {[number, number]} */
  #xRange() {
    const { from, to } = this.#known().series;
    return [from, to];
  }

  /** @param {uPlot} plot */
  #hover(plot) {
    const { left = -1, idx } = plot.cursor;
    const { series, unit } = this.#known();
    const at = idx == null ? undefined : plot.data[0][idx];
    const text = at === undefined ? undefined : pieceWords(plot, idx ?? 0, unit, series);
    this.tip.hidden = left < 0 || text === undefined;
    if (!this.tip.hidden && at !== undefined) this.showTip(plot, `${moment(at * 1000)} · ${text}`, 2);
  }
}

/** @type {(plot: uPlot, index: number, unit: string, series: Series) => string | undefined} */
function pieceWords({ data }, index, unit, { outliers }) {
  const [low, high, middle] = [1, 2, 5].map((i) => data[i]?.[index]);
  if (middle == null || low == null || high == null) return undefined;
  const spread = low === high ? '' : ` (${measured(low)} to ${measured(high)})`;
  const others = outliers.flatMap(({ device_id }, i) => {
    const value = data[6 + i]?.[index];
    return value == null ? [] : [`${device_id} ${measured(value)}`];
  });
  return [`${measured(middle)} ${unit}${spread}`, ...others.slice(0, 3)].join(' · ');
}

/**
 * Columns for uPlot: times, low, high, tenth, ninetieth, middle, outliers. A piece without readings is a gap.
 * @param {RangeView} view @returns {uPlot.AlignedData}
 */
function dataOf({ series, metric }) {
  const { times, bucketSeconds, outliers } = series;
  const band = series.bands[metric];
  const none = times.map(() => null);
  const columns = [
    ...[band?.low, band?.high, band?.tenth, band?.ninetieth, band?.middle].map((values) => values ?? none),
    ...outliers.map(({ values }) => values),
  ];
  /** @type {number[]} */
  const xs = [];
  /** @type {(number | null)[][]} */
  const ys = columns.map(() => []);
  times.forEach((time, i) => {
    const before = times[i - 1];
    // Devices that send more rarely than a piece is long have no gap.
    if (before !== undefined && time - before > Math.max(3 * bucketSeconds, 30)) {
      xs.push(before + bucketSeconds);
      for (const column of ys) column.push(null);
    }
    xs.push(time);
    columns.forEach((values, c) => {
      ys[c]?.push(values[i] ?? null);
    });
  });
  return [xs, ...ys];
}

/** @param {RangeView} view @returns {[number, number]} */
function yRange({ series, metric, unit, thresholds, band }) {
  if (unit === '%') return [0, 108];
  const values = [
    ...(series.bands[metric]?.low ?? []),
    ...(series.bands[metric]?.high ?? []),
    ...thresholds.map(({ value }) => value),
    ...(band ? [band.min, band.max] : []),
  ].filter((value) => value !== null);
  if (values.length === 0) return [0, 100];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(2, (high - low) * 0.08);
  // What is never negative needs no room below zero.
  const least = low >= 0 ? Math.max(0, low - room) : low - room;
  return [Math.floor(least), Math.ceil(high + room)];
}

/** Incidents, what is normal, and thresholds: behind the lines. @type {(plot: uPlot, view: RangeView) => void} */
function paint(plot, { incidents, band, thresholds }) {
  const { ctx, bbox } = plot;
  const { left, top, width, height } = bbox;
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  drawSpans(plot, incidents);
  drawThresholds(plot, thresholds);
  if (band) {
    const [high, low] = [band.max, band.min].map((value) => plot.valToPos(value, 'y', true));
    ctx.fillStyle = colour('--good');
    ctx.globalAlpha = 0.16;
    ctx.fillRect(left, high ?? 0, width, (low ?? 0) - (high ?? 0));
    ctx.globalAlpha = 1;
    ctx.fillText('normal', left + 6 * textPixel(), (high ?? 0) + 12 * textPixel());
  }
  ctx.restore();
}

/** Names those that stand out at their furthest, because colour alone is not enough. @type {(plot: uPlot, view: RangeView) => void} */
function names(plot, { series: { outliers, times } }) {
  const { ctx, bbox } = plot;
  const pixel = textPixel();
  ctx.save();
  ctx.font = `600 ${11 * pixel}px system-ui`;
  ctx.fillStyle = colour('--bad');
  Object.assign(ctx, { textAlign: 'right', textBaseline: 'alphabetic' });
  /** @type {number[]} */
  const taken = [];
  for (const { device_id, values } of outliers) {
    const at = values.findLastIndex((value) => value !== null);
    const [value, time] = [values[at], times[at]];
    if (value == null || time === undefined) continue;
    const y = plot.valToPos(value, 'y', true);
    if (taken.some((other) => Math.abs(other - y) < 12 * pixel)) continue;
    taken.push(y);
    const x = Math.min(plot.valToPos(time, 'x', true), bbox.left + bbox.width - 4 * pixel);
    ctx.fillText(shortName(device_id), x, Math.max(bbox.top + 12 * pixel, y - 5 * pixel));
  }
  ctx.restore();
}

/** The chart in words, for screen readers. @param {RangeView} view */
function describe({ series, metric, name, unit, thresholds, band, incidents }) {
  const values = series.bands[metric];
  const lows = (values?.low ?? []).filter((value) => value !== null);
  const highs = (values?.high ?? []).filter((value) => value !== null);
  const span = `from ${moment(series.from * 1000)} to ${moment(series.to * 1000)}`;
  if (lows.length === 0) return `${name} ${span}: no readings`;
  const lines = thresholds.map(({ value, label }) => `${label} (${value} ${unit})`).join(', ');
  const normal = band ? ` Normal: ${measured(band.min)} to ${measured(band.max)} ${unit}.` : '';
  const furthest = series.outliers.map(({ device_id }) => device_id).join(', ');
  return (
    `${name} ${span}: ${measured(Math.min(...lows))} to ${measured(Math.max(...highs))} ${unit}. ` +
    `Thresholds: ${lines || 'none'}.${normal} Incidents: ${incidents.length}.` +
    (furthest ? ` Furthest from the rest: ${furthest}.` : '')
  );
}
