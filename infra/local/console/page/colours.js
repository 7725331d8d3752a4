// Colours of the style sheet for canvases, which support neither variables nor `light-dark()`.

/** @type {Map<string, string>} */
let known = new Map();
const probe = document.createElement('span');
// A chart keeps its colours where the reader's system forces its own: its lines would all be of one.
probe.style.forcedColorAdjust = 'none';

for (const query of ['(prefers-color-scheme: dark)', '(forced-colors: active)'])
  matchMedia(query).addEventListener('change', () => {
    known = new Map();
  });

/** The current value of a colour variable. @param {string} name such as `--accent` */
export function colour(name) {
  const found = known.get(name);
  if (found) return found;
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(${name})`;
  const value = getComputedStyle(probe).color;
  known.set(name, value);
  return value;
}

/** How much larger than usual the reader wants text: charts have it in pixels. */
export const textScale = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
/** A pixel of text, in those of a canvas. */
export const textPixel = () => devicePixelRatio * textScale;

/** What every chart's axes look like. */
export const axisStyle = {
  stroke: () => colour('--muted'),
  grid: { stroke: () => colour('--line'), width: 1 },
  ticks: { show: false },
  font: `${12 * textScale}px system-ui`,
};
