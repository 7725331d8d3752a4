// What every chart draws behind its lines, in canvas pixels: thresholds, and times with an incident.
import { colour, textPixel } from './colours.js';

/** @import { Threshold } from './metrics.js' */

/** Seconds since the epoch. @typedef {{ from: number, to: number }} Span */

const LONGEST_NAME = 24;
/** A name beside a line, which must not hide the others. @param {string} name */
export const shortName = (name) =>
  name.length > LONGEST_NAME ? `${name.slice(0, 10)}…${name.slice(11 - LONGEST_NAME)}` : name;

/** @param {uPlot} plot @param {Threshold[]} thresholds */
export function drawThresholds(plot, thresholds) {
  const { ctx, bbox } = plot;
  const pixel = textPixel();
  ctx.font = `${11 * pixel}px system-ui`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  const lines = thresholds.map(({ value }) => plot.valToPos(value, 'y', true));
  /** @type {{ x: number, y: number, width: number }[]} */
  const taken = [];
  for (const [i, { label, severity }] of thresholds.entries()) {
    const y = lines[i] ?? 0;
    const isCritical = severity === 'critical';
    ctx.strokeStyle = colour(isCritical ? '--bad' : '--warn');
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = pixel;
    ctx.setLineDash(isCritical ? [] : [6 * pixel, 4 * pixel]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.setLineDash([]);
    const { width } = ctx.measureText(label);
    const at = placeOf(y, lines, bbox, pixel);
    // Next to each other, where there is room for one of them only.
    const beside = taken.find((other) => Math.abs(other.y - at) < 12 * pixel);
    const x = beside ? beside.x + beside.width + 12 * pixel : bbox.left + 6 * pixel;
    taken.push({ x, y: at, width });
    ctx.fillText(label, x, at);
  }
}

/** Above its line or below it: where no line goes through the text, and nothing of it is cut off. @type {(y: number, lines: number[], bbox: { top: number, height: number }, pixel: number) => number} */
function placeOf(y, lines, { top, height }, pixel) {
  const places = [y - 4 * pixel, y + 12 * pixel];
  const isFree = (/** @type {number} */ at) =>
    at - 10 * pixel >= top &&
    at <= top + height &&
    lines.every((line) => line === y || line < at - 10 * pixel || line > at + 2 * pixel);
  const below = y + 12 * pixel;
  return places.find(isFree) ?? Math.max(...lines, y) + (below - y);
}

/** Overlapping times are shaded only once. @param {uPlot} plot @param {Span[]} spans */
export function drawSpans(plot, spans) {
  const { ctx, bbox } = plot;
  /** @type {Span[]} */
  const joined = [];
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const last = joined.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else joined.push({ from, to });
  }
  for (const { from, to } of joined) {
    const x = plot.valToPos(from, 'x', true);
    const width = Math.max(2, plot.valToPos(to, 'x', true) - x);
    ctx.fillStyle = colour('--bad-soft');
    ctx.fillRect(x, bbox.top, width, bbox.height);
    ctx.fillStyle = colour('--bad');
    ctx.fillRect(x, bbox.top, width, 3 * devicePixelRatio);
  }
}
