// What every chart draws behind its lines, in canvas pixels: thresholds, and times with an incident.
import { colour } from './colours.js';

/** @import { Threshold } from './metrics.js' */

/** Seconds since the epoch. @typedef {{ from: number, to: number }} Span */

/** @param {uPlot} plot @param {Threshold[]} thresholds */
export function drawThresholds(plot, thresholds) {
  const { ctx, bbox } = plot;
  const pixel = devicePixelRatio;
  ctx.font = `${11 * pixel}px system-ui`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  for (const { value, label, severity } of thresholds) {
    const y = plot.valToPos(value, 'y', true);
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
    // Next to each other, because the steps of a ladder may be close together; below the line where above is cut off.
    const x = bbox.left + (isCritical ? 86 : 6) * pixel;
    ctx.fillText(label, x, y - 14 * pixel < bbox.top ? y + 12 * pixel : y - 4 * pixel);
  }
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
