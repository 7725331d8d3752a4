// One metric over time. uPlot draws axes, scales and cursor; the painter draws what changes in number every second.
import { ChartFrame } from './chart-frame.js';
import { Painter } from './chart-painter.js';
import { axisValue, measured, moment } from './format.js';

/** @import { View } from './chart-painter.js' */

/** A reading within this distance of the cursor is named, in px. */
const NEAR = 40;

export class Chart extends ChartFrame {
  /** @type {number | undefined} */
  #hovered;
  #view;
  #onPick;

  /**
   * @param {() => View} view
   * @param {{ height: number, onPick(index: number): void, onZoom(from: number, to: number): void }} options
   *   `onPick` gets the clicked device, `onZoom` seconds since the epoch
   */
  constructor(view, { height, onPick, onZoom }) {
    super(height, (from, to) => {
      this.#hovered = undefined;
      onZoom(from, to);
    });
    this.#view = view;
    this.#onPick = onPick;
  }

  /** @override @param {number} width */
  create(width) {
    const own = {
      scales: { x: { time: true, range: () => this.#xRange() }, y: { range: () => this.#yRange() } },
      series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
      hooks: {
        drawAxes: [(/** @type {uPlot} */ plot) => this.#draw(plot)],
        setCursor: [(/** @type {uPlot} */ plot) => this.#hover(plot)],
      },
    };
    this.open(width, [[], []], own, axisValue).over.addEventListener('click', () => {
      if (this.#hovered !== undefined) this.#onPick(this.#hovered);
    });
    this.redraw();
  }

  redraw() {
    if (!this.plot) return;
    performance.mark('draw');
    const { from, to } = this.#view();
    const xs = Array.from({ length: Math.max(2, to - from + 1) }, (_, i) => from + i);
    this.plot.setData([xs, xs.map(() => null)]);
    this.element.setAttribute('aria-label', this.#describe());
  }

  /** @returns {[from: number, to: number]} */
  #xRange() {
    const { from, to } = this.#view();
    return [from, to];
  }

  /** @returns {[low: number, high: number]} */
  #yRange() {
    const { unit, thresholds } = this.#view();
    if (unit === '%') return [0, 108];
    let [low, high] = this.#extent();
    for (const { value } of thresholds) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (low > high) return [0, 100];
    const room = Math.max(2, (high - low) * 0.08);
    return [Math.floor(low - room), Math.ceil(high + room)];
  }

  /**
   * Lowest and highest value shown; low > high where there is none.
   * @returns {[low: number, high: number]}
   */
  #extent() {
    const { data, metric, indices, group, from, to } = this.#view();
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (let second = from; second <= to; second += 1) {
      const band = data.band(group, indices, metric, second);
      if (!band) continue;
      low = Math.min(low, band.low);
      high = Math.max(high, band.high);
    }
    return [low, high];
  }

  /** @param {uPlot} plot */
  #draw(plot) {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.textBaseline = 'alphabetic';
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    new Painter(plot, this.#view()).paint();
    ctx.restore();
  }

  /** @param {uPlot} plot */
  #hover(plot) {
    const { left = -1, top = 0, idx } = plot.cursor;
    this.#hovered = undefined;
    this.tip.hidden = true;
    if (left < 0 || idx === null || idx === undefined) return;
    const { data, unit, from } = this.#view();
    const found = this.#nearest(plot, from + idx, top);
    if (!found) return;
    this.#hovered = found.index;
    const { device_id, site_id } = data.device(found.index);
    const time = moment(found.second * 1000);
    const text = `${device_id} · ${site_id} · ${measured(found.value)} ${unit} · ${time}`;
    this.showTip(plot, text, Math.max(0, top - 34));
  }

  /**
   * The reading closest to the cursor, in its second or an adjacent one.
   * @param {uPlot} plot @param {number} cursorSecond @param {number} top px
   */
  #nearest(plot, cursorSecond, top) {
    const { data, metric, indices } = this.#view();
    let least = NEAR;
    let found;
    for (const index of indices) {
      for (const second of [cursorSecond, cursorSecond - 1, cursorSecond + 1]) {
        const value = data.value(index, metric, second);
        if (Number.isNaN(value)) continue;
        const distance = Math.abs(plot.valToPos(value, 'y') - top);
        if (distance < least) {
          least = distance;
          found = { index, value, second };
        }
        break;
      }
    }
    return found;
  }

  /** The chart in words, for screen readers. */
  #describe() {
    const { name, unit, indices, from, to, thresholds, marked, data } = this.#view();
    const [low, high] = this.#extent();
    if (low > high) return `${name}: no readings yet`;
    const devices = marked.map((index) => data.device(index).device_id).join(', ');
    const lines = thresholds.map(({ value, label }) => `${label} (${value} ${unit})`).join(', ');
    return (
      `${name} of ${indices.length} device${indices.length === 1 ? '' : 's'} over the last ${to - from} seconds: ` +
      `${measured(low)} to ${measured(high)} ${unit}. Thresholds: ${lines || 'none'}. ` +
      `With an incident: ${devices || 'none'}.`
    );
  }
}
