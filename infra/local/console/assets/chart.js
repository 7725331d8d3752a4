// One metric over time: uPlot for axes, scales and cursor; lines, bands, limits and incidents drawn into it by hand,
// because their number changes every second.
import { colour } from './colours.js';
import { el } from './dom.js';
import { clock } from './format.js';

/** More devices than this are bands, and lines only for those in trouble. */
const MAX_LINES = 60;
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
    const view = this.view();
    const { ctx, bbox } = this.plot;
    ctx.save();
    ctx.textBaseline = 'alphabetic';
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    this.#incidents(ctx, view);
    if (view.indices.length > MAX_LINES) this.#bands(ctx, view);
    else this.#lines(ctx, view, view.indices, colour('--device'), 1);
    this.#limits(ctx, view);
    this.#lines(ctx, view, view.chosen, colour('--accent'), 2);
    this.#lines(ctx, view, view.marked, colour('--bad'), 2);
    this.#truth(ctx, view);
    this.#names(ctx, view);
    ctx.restore();
  }

  #x = (second) => this.plot.valToPos(second, 'x', true);
  #y = (value) => this.plot.valToPos(value, 'y', true);

  #lines(ctx, { data, metric, from, to }, indices, colour, width) {
    const gap = 3 * data.interval() + 1;
    ctx.strokeStyle = colour;
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

  #bands(ctx, { data, metric, indices, group, from, to }) {
    const columns = [];
    for (let second = from; second <= to; second += 1) {
      const band = data.band(group, indices, metric, second);
      if (band) columns.push([this.#x(second), band]);
    }
    const area = (low, high, alpha) => {
      ctx.globalAlpha = alpha;
      ctx.beginPath();
      for (const [x, band] of columns) ctx.lineTo(x, this.#y(band[high]));
      for (const [x, band] of columns.toReversed()) ctx.lineTo(x, this.#y(band[low]));
      ctx.fill();
      ctx.globalAlpha = 1;
    };
    ctx.fillStyle = colour('--accent');
    area('low', 'high', 0.12);
    area('tenth', 'ninetieth', 0.2);
    ctx.strokeStyle = colour('--accent');
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.beginPath();
    for (const [x, { middle }] of columns) ctx.lineTo(x, this.#y(middle));
    ctx.stroke();
  }

  #limits(ctx, { limits }) {
    const { left, width } = this.plot.bbox;
    ctx.font = `${11 * devicePixelRatio}px system-ui`;
    ctx.textAlign = 'left';
    for (const { value, label, severity } of limits) {
      const y = this.#y(value);
      ctx.strokeStyle = severity === 'critical' ? colour('--bad') : colour('--warn');
      ctx.fillStyle = ctx.strokeStyle;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash(severity === 'critical' ? [] : [6 * devicePixelRatio, 4 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
      ctx.setLineDash([]);
      // Side by side: the steps of a ladder may be close together.
      const column = severity === 'critical' ? 86 : 6;
      ctx.fillText(label, left + column * devicePixelRatio, y - 4 * devicePixelRatio);
    }
  }

  /** Shaded once, however many there are at the same time. */
  #incidents(ctx, { incidents }) {
    const { top, height } = this.plot.bbox;
    const spans = [];
    for (const { from, to } of incidents.toSorted((a, b) => a.from - b.from)) {
      const last = spans.at(-1);
      if (last && from <= last.to) last.to = Math.max(last.to, to);
      else spans.push({ from, to });
    }
    for (const { from, to } of spans) {
      const x = this.#x(from);
      const width = Math.max(2, this.#x(to) - x);
      ctx.fillStyle = colour('--bad-soft');
      ctx.fillRect(x, top, width, height);
      ctx.fillStyle = colour('--bad');
      ctx.fillRect(x, top, width, 3 * devicePixelRatio);
    }
  }

  /** Brackets at the foot of the chart: what the simulator did, whether or not a rule noticed. */
  #truth(ctx, { truth }) {
    const { top, height } = this.plot.bbox;
    const row = 13 * devicePixelRatio;
    ctx.font = `${10.5 * devicePixelRatio}px system-ui`;
    const ends = [];
    for (const { from, to, label } of truth) {
      const left = this.#x(from);
      const right = Math.max(this.#x(to), left + ctx.measureText(label).width);
      let level = ends.findIndex((end) => end < left);
      if (level < 0) level = ends.length;
      if (level > 6) continue;
      ends[level] = right + 4;
      const y = top + height - 3 * devicePixelRatio - level * row;
      ctx.fillStyle = colour('--truth');
      ctx.fillRect(left, y, Math.max(2, this.#x(to) - left), 2 * devicePixelRatio);
      ctx.fillText(label, left, y - 3 * devicePixelRatio);
    }
  }

  /** Who is in trouble, written at the end of the line: colour alone would not say it. */
  #names(ctx, { data, metric, marked, to }) {
    ctx.font = `600 ${11 * devicePixelRatio}px system-ui`;
    ctx.textAlign = 'right';
    ctx.fillStyle = colour('--bad');
    const taken = [];
    for (const index of marked.slice(0, 8)) {
      for (let second = to; second > to - 20; second -= 1) {
        const value = data.value(index, metric, second);
        if (Number.isNaN(value)) continue;
        const above = this.#y(value) - 6 * devicePixelRatio;
        const isCut = above < this.plot.bbox.top + 14 * devicePixelRatio;
        const y = isCut ? above + 20 * devicePixelRatio : above;
        if (taken.some((other) => Math.abs(other - y) < 12 * devicePixelRatio)) break;
        taken.push(y);
        ctx.fillText(data.devices[index].device_id, this.#x(second) - 4 * devicePixelRatio, y);
        break;
      }
    }
    ctx.textAlign = 'left';
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
    this.tip.textContent = `${device_id} · ${site_id} · ${found.value.toFixed(1)} ${unit} · ${clock(found.at * 1000)}`;
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
