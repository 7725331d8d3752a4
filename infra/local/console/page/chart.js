// One metric over time: uPlot for axes, scales and cursor; lines, bands, limits and incidents drawn into it by hand,
// because their number changes every second.
import { Painter } from './chart-painter.js';
import { colour } from './colours.js';
import { el } from './dom.js';
import { clock, utc } from './format.js';

const HEIGHT = 260;

/**
 * `view()` says what is drawn: `{ data, metric, name, unit, indices, group, marked, chosen, limits, incidents, truth,
 * from, to }`, where `marked` are indices of devices in trouble and `from`, `to` seconds.
 */
export class Chart {
  constructor(view, { height = HEIGHT, onPick = () => {} } = {}) {
    this.view = view;
    this.height = height;
    this.tip = el('div', { class: 'tip', hidden: true });
    this.element = el('figure', { class: 'chart', role: 'img' }, this.tip);
    this.onPick = onPick;
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.element);
  }

  #resize() {
    const width = this.element.clientWidth;
    if (width === 0) return;
    if (this.plot) this.plot.setSize({ width, height: this.height });
    else this.#create(width);
  }

  #create(width) {
    const axis = {
      stroke: () => colour('--muted'),
      grid: { stroke: () => colour('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui',
    };
    this.plot = new uPlot(
      {
        width,
        height: this.height,
        padding: [10, 36, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { show: false }, y: false },
        scales: { x: { time: true, range: () => this.#xRange() }, y: { range: () => this.#yRange() } },
        series: [{}, { show: true, stroke: 'transparent', points: { show: false } }],
        axes: [
          {
            ...axis,
            size: 34,
            space: 90,
            values: (_, splits) => splits.map((second) => clock(second * 1000)),
          },
          { ...axis, size: 52, values: (_, splits) => splits.map((value) => `${value}`) },
        ],
        hooks: { drawAxes: [() => this.#draw()], setCursor: [() => this.#hover()] },
      },
      [[], []],
      this.element,
    );
    this.plot.over.addEventListener('click', () => this.hovered !== undefined && this.onPick(this.hovered));
    this.redraw();
  }

  redraw() {
    if (!this.plot) return;
    performance.mark('draw');
    const { from, to } = this.view();
    const xs = Array.from({ length: Math.max(2, to - from + 1) }, (_, i) => from + i);
    this.plot.setData([xs, xs.map(() => null)]);
    this.element.setAttribute('aria-label', this.#describe());
  }

  destroy() {
    this.observer.disconnect();
    this.plot?.destroy();
  }

  #xRange() {
    const { from, to } = this.view();
    return [from, to];
  }

  #yRange() {
    const { unit, limits } = this.view();
    if (unit === '%') return [0, 108];
    let [low, high] = this.#extent();
    for (const { value } of limits) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (low > high) return [0, 100];
    const room = Math.max(2, (high - low) * 0.08);
    return [Math.floor(low - room), Math.ceil(high + room)];
  }

  #extent() {
    const { data, metric, indices, group, from, to } = this.view();
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

  #draw() {
    const { ctx, bbox } = this.plot;
    ctx.save();
    ctx.textBaseline = 'alphabetic';
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    new Painter(this.plot, this.view()).paint();
    ctx.restore();
  }

  #hover() {
    const { left, top, idx } = this.plot.cursor;
    this.hovered = undefined;
    this.tip.hidden = true;
    if (left === undefined || left < 0 || idx == null) return;
    const { data, metric, unit, indices, from } = this.view();
    const second = from + idx;
    let best = 40;
    let found;
    for (const index of indices) {
      for (const at of [second, second - 1, second + 1]) {
        const value = data.value(index, metric, at);
        if (Number.isNaN(value)) continue;
        const distance = Math.abs(this.plot.valToPos(value, 'y') - top);
        if (distance < best) {
          best = distance;
          found = { index, value, at };
        }
        break;
      }
    }
    if (!found) return;
    this.hovered = found.index;
    const { device_id, site_id } = data.devices[found.index];
    this.tip.textContent = `${device_id} · ${site_id} · ${found.value.toFixed(1)} ${unit} · ${clock(found.at * 1000)} (${utc(found.at * 1000).slice(11, 19)} UTC)`;
    this.tip.hidden = false;
    const room = this.element.clientWidth;
    const x = this.plot.over.offsetLeft + left;
    this.tip.style.left = `${Math.min(Math.max(0, x + 12), Math.max(0, room - this.tip.offsetWidth - 4))}px`;
    this.tip.style.top = `${this.plot.over.offsetTop + Math.max(0, top - 34)}px`;
  }

  #describe() {
    const { name, unit, indices, from, to, limits, marked, data } = this.view();
    const [low, high] = this.#extent();
    if (low > high) return `${name}: no readings yet`;
    const who = marked.map((index) => data.devices[index].device_id).join(', ');
    const lines = limits.map(({ value, label }) => `${label} (${value} ${unit})`).join(', ');
    return (
      `${name} of ${indices.length} device${indices.length === 1 ? '' : 's'} over the last ${to - from} seconds: ` +
      `${low.toFixed(1)} to ${high.toFixed(1)} ${unit}. Limits: ${lines || 'none'}. In trouble: ${who || 'none'}.`
    );
  }
}
