// What every chart of a metric has: it is drawn as soon as there is room for it, a tip beside the cursor, a drag that zooms.
import { axisStyle, textScale } from './colours.js';
import { el } from './dom.js';
import { axisTimes, zones } from './format.js';

/** A shorter stretch is a click, in px. */
const LEAST_ZOOM = 8;

/** Of an axis of times, whose labels have two lines, in px. */
export const AXIS_HEIGHT = 46 * textScale;
/** Where the reader wants UTC, whole hours and days are those of UTC. @type {Pick<uPlot.Options, 'tzDate'>} */
export const inZone =
  zones.own === 'UTC' ? { tzDate: (second) => uPlot.tzDate(new Date(second * 1000), 'Etc/UTC') } : {};

export class ChartFrame {
  /** @type {uPlot | undefined} */
  plot;
  tip = el('div.tip', { hidden: true });
  element = el('figure.chart', { role: 'img', 'aria-label': 'No readings yet' }, this.tip);
  #height;
  #onZoom;
  #observer = new ResizeObserver(() => this.#resize());

  /** @param {number} height @param {(from: number, to: number) => void} onZoom gets seconds since the epoch */
  constructor(height, onZoom) {
    this.#height = height * textScale;
    this.#onZoom = onZoom;
    this.#observer.observe(this.element);
  }

  #resize() {
    const width = this.element.clientWidth;
    if (width === 0) return;
    if (this.plot) this.plot.setSize({ width, height: this.#height });
    else this.create(width);
  }

  /** Draws for the first time. @param {number} _width */
  create(_width) {}

  /**
   * @param {number} width @param {uPlot.AlignedData} data
   * @param {Pick<uPlot.Options, 'series' | 'scales' | 'bands' | 'hooks'>} own
   * @param {(value: number) => string} write values of the y axis
   */
  open(width, data, { hooks, ...own }, write) {
    this.plot?.destroy();
    this.plot = new uPlot(
      {
        ...{ width, height: this.#height, padding: [10, 36, 0, 0], legend: { show: false } },
        cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
        ...own,
        ...inZone,
        axes: [
          {
            ...axisStyle,
            size: AXIS_HEIGHT,
            // One label at least, however narrow it is.
            space: (_plot, _axis, _from, _to, room) => Math.min(90 * textScale, room / 2),
            values: (_, splits) => axisTimes(splits),
          },
          {
            ...axisStyle,
            size: 52 * textScale,
            space: 30 * textScale,
            values: (_, splits) => splits.map(write),
          },
        ],
        hooks: { ...hooks, setSelect: [(plot) => this.#select(plot)] },
      },
      data,
      this.element,
    );
    return this.plot;
  }

  /** @param {uPlot} plot */
  #select(plot) {
    const { left, width } = plot.select;
    if (width < LEAST_ZOOM) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  }

  /** Beside the cursor. @param {uPlot} plot @param {string} text @param {number} top px */
  showTip({ over, cursor: { left = 0 } }, text, top) {
    this.tip.textContent = text;
    this.tip.hidden = false;
    const room = Math.max(0, this.element.clientWidth - this.tip.offsetWidth - 4);
    this.tip.style.left = `${Math.min(Math.max(0, over.offsetLeft + left + 12), room)}px`;
    this.tip.style.top = `${over.offsetTop + top}px`;
  }

  destroy() {
    this.#observer.disconnect();
    this.plot?.destroy();
  }
}
