// One metric over time. uPlot draws axes, scales and cursor; the painter draws what changes in number every second.
import { Painter } from './chart-painter.js';
import { axisStyle } from './colours.js';
import { el } from './dom.js';
import { axisTimes, moment } from './format.js';

/** @import { View } from './chart-painter.js' */

/** A reading within this distance of the cursor is named, in px. */
const NEAR = 40;
/** A shorter stretch is a click, in px. */
const LEAST_ZOOM = 8;

export class Chart {
  /** @type {uPlot | undefined} */
  #plot;
  /** @type {number | undefined} */
  #hovered;
  #view;
  #height;
  #onPick;
  #onZoom;
  #tip = el('div.tip', { hidden: true });
  #observer = new ResizeObserver(() => this.#resize());
  element = el('figure.chart', { role: 'img', 'aria-label': 'No readings yet' }, this.#tip);

  /**
   * @param {() => View} view
   * @param {{ height: number, onPick(index: number): void, onZoom(from: number, to: number): void }} options
   *   `onPick` gets the clicked device, `onZoom` seconds since the epoch
   */
  constructor(view, { height, onPick, onZoom }) {
    this.#onZoom = onZoom;
    this.#view = view;
    this.#height = height;
    this.#onPick = onPick;
    this.#observer.observe(this.element);
  }

  #resize() {
    const width = this.element.clientWidth;
    if (width === 0) return;
    if (this.#plot) this.#plot.setSize({ width, height: this.#height });
    else this.#create(width);
  }

  /** @param {number} width */
  #create(width) {
    this.#plot = new uPlot(
      {
        width,
        height: this.#height,
        padding: [10, 36, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
        scales: { x: { time: true, range: () => this.#xRange() }, y: { range: () => this.#yRange() } },
        series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
        axes: [
          {
            ...axisStyle,
            size: 34,
            space: 90,
            values: (_, splits) => axisTimes(splits),
          },
          { ...axisStyle, size: 52, values: (_, splits) => splits.map((value) => `${value}`) },
        ],
        hooks: {
          drawAxes: [(plot) => this.#draw(plot)],
          setCursor: [(plot) => this.#hover(plot)],
          setSelect: [(plot) => this.#select(plot)],
        },
      },
      [[], []],
      this.element,
    );
    this.#plot.over.addEventListener('click', () => {
      if (this.#hovered !== undefined) this.#onPick(this.#hovered);
    });
    this.redraw();
  }

  /** @param {uPlot} plot */
  #select(plot) {
    const { left, width } = plot.select;
    if (width < LEAST_ZOOM) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#hovered = undefined;
    this.#onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  }

  redraw() {
    if (!this.#plot) return;
    performance.mark('draw');
    const { from, to } = this.#view();
    const xs = Array.from({ length: Math.max(2, to - from + 1) }, (_, i) => from + i);
    this.#plot.setData([xs, xs.map(() => null)]);
    this.element.setAttribute('aria-label', this.#describe());
  }

  destroy() {
    this.#observer.disconnect();
    this.#plot?.destroy();
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
    this.#tip.hidden = true;
    if (left < 0 || idx === null || idx === undefined) return;
    const { data, unit, from } = this.#view();
    const found = this.#nearest(plot, from + idx, top);
    if (!found) return;
    this.#hovered = found.index;
    const { device_id, site_id } = data.device(found.index);
    const time = moment(found.second * 1000);
    this.#tip.textContent = `${device_id} · ${site_id} · ${found.value.toFixed(1)} ${unit} · ${time}`;
    this.#tip.hidden = false;
    const room = this.element.clientWidth;
    const x = plot.over.offsetLeft + left;
    this.#tip.style.left = `${Math.min(Math.max(0, x + 12), Math.max(0, room - this.#tip.offsetWidth - 4))}px`;
    this.#tip.style.top = `${plot.over.offsetTop + Math.max(0, top - 34)}px`;
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
      `${low.toFixed(1)} to ${high.toFixed(1)} ${unit}. Thresholds: ${lines || 'none'}. ` +
      `With an incident: ${devices || 'none'}.`
    );
  }
}
