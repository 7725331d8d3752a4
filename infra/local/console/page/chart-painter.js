// Draws into a chart, in canvas pixels: lines or bands of devices, thresholds, incidents, episodes.
import { drawSpans, drawThresholds, shortName } from './chart-parts.js';
import { colour, textPixel } from './colours.js';

/** @import { Band, FleetData } from './fleet-data.js' */
/** @import { Span } from './chart-parts.js' */
/** @import { Threshold } from './metrics.js' */

/**
 * What a chart shows. `metric` is an index among the data's metrics, devices are indices; `group` identifies the
 * devices, and `marked` are those with an incident.
 * @typedef {Span & {
 *   data: FleetData,
 *   metric: number,
 *   name: string,
 *   unit: string,
 *   indices: number[],
 *   group: string,
 *   marked: number[],
 *   thresholds: Threshold[],
 *   incidents: Span[],
 *   episodes: (Span & { label: string })[],
 * }} View
 */

/** More devices than this are drawn as bands, with lines only for devices with an incident. */
export const MAX_LINES = 60;
/** As many of those can be told apart beside the bands. */
export const MAX_MARKED = 8;

export class Painter {
  /** @param {uPlot} plot @param {View} view */
  constructor(plot, view) {
    this.plot = plot;
    this.view = view;
  }

  paint() {
    const { indices, marked } = this.view;
    const isMany = indices.length > MAX_LINES;
    // When many devices have an incident, there is one at any time.
    if (!isMany || marked.length <= MAX_MARKED) drawSpans(this.plot, this.view.incidents);
    if (isMany) this.#bands();
    else this.#lines(indices, colour('--device'), 1);
    drawThresholds(this.plot, this.view.thresholds);
    this.#lines(isMany ? marked.slice(0, MAX_MARKED) : marked, colour('--bad'), 2);
    this.#episodes();
    this.#names();
  }

  /** @param {number} second */
  #x = (second) => this.plot.valToPos(second, 'x', true);
  /** @param {number} value */
  #y = (value) => this.plot.valToPos(value, 'y', true);

  /** @param {number[]} indices @param {string} stroke @param {number} width */
  #lines(indices, stroke, width) {
    const { ctx } = this.plot;
    const { data, metric, from, to } = this.view;
    const gap = 3 * data.interval() + 1;
    ctx.strokeStyle = stroke;
    ctx.lineWidth = width * devicePixelRatio;
    ctx.lineJoin = 'round';
    ctx.beginPath();
    for (const index of indices) {
      let last = Number.NEGATIVE_INFINITY;
      for (let second = from - 5; second <= to; second += 1) {
        const value = data.value(index, metric, second);
        if (Number.isNaN(value)) continue;
        if (second - last > gap) ctx.moveTo(this.#x(second), this.#y(value));
        else ctx.lineTo(this.#x(second), this.#y(value));
        last = second;
      }
    }
    ctx.stroke();
  }

  #bands() {
    const { ctx } = this.plot;
    const { data, metric, indices, group, from, to } = this.view;
    /** @type {{ x: number, band: Band }[]} */
    const columns = [];
    for (let second = from; second <= to; second += 1) {
      const band = data.band(group, indices, metric, second);
      if (band) columns.push({ x: this.#x(second), band });
    }
    /** @type {(low: keyof Band, high: keyof Band, alpha: number) => void} */
    const area = (low, high, alpha) => {
      ctx.globalAlpha = alpha;
      ctx.beginPath();
      for (const { x, band } of columns) ctx.lineTo(x, this.#y(band[high]));
      for (const { x, band } of columns.toReversed()) ctx.lineTo(x, this.#y(band[low]));
      ctx.fill();
      ctx.globalAlpha = 1;
    };
    ctx.fillStyle = colour('--accent');
    area('low', 'high', 0.12);
    area('tenth', 'ninetieth', 0.2);
    ctx.strokeStyle = colour('--accent');
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    for (const { x, band } of columns) ctx.lineTo(x, this.#y(band.middle));
    ctx.stroke();
  }

  /** Bars at the bottom of the chart for what the simulator injected, whether or not a rule noticed. */
  #episodes() {
    const { ctx } = this.plot;
    const { episodes } = this.view;
    const pixel = textPixel();
    const { top, height } = this.plot.bbox;
    const row = 13 * pixel;
    ctx.font = `${10.5 * pixel}px system-ui`;
    /** @type {number[]} */
    const ends = [];
    for (const { from, to, label } of episodes) {
      const left = this.#x(from);
      const right = Math.max(this.#x(to), left + ctx.measureText(label).width);
      let level = ends.findIndex((end) => end < left);
      if (level < 0) level = ends.length;
      if (level > 6) continue;
      ends[level] = right + 4;
      const y = top + height - 3 * pixel - level * row;
      ctx.fillStyle = colour('--truth');
      ctx.fillRect(left, y, Math.max(2, this.#x(to) - left), 2 * pixel);
      ctx.fillText(label, left, y - 3 * pixel);
    }
  }

  /** Names the devices with an incident at the end of their lines, because colour alone is not enough. */
  #names() {
    const { ctx } = this.plot;
    const { data, metric, marked, to } = this.view;
    const pixel = textPixel();
    ctx.font = `600 ${11 * pixel}px system-ui`;
    ctx.textAlign = 'right';
    ctx.fillStyle = colour('--bad');
    /** @type {number[]} */
    const taken = [];
    for (const index of marked.slice(0, MAX_MARKED)) {
      for (let second = to; second > to - 20; second -= 1) {
        const value = data.value(index, metric, second);
        if (Number.isNaN(value)) continue;
        const above = this.#y(value) - 6 * pixel;
        const isCut = above < this.plot.bbox.top + 14 * pixel;
        const y = isCut ? above + 20 * pixel : above;
        if (taken.some((other) => Math.abs(other - y) < 12 * pixel)) break;
        taken.push(y);
        ctx.fillText(shortName(data.device(index).device_id), this.#x(second) - 4 * pixel, y);
        break;
      }
    }
    ctx.textAlign = 'left';
  }
}
