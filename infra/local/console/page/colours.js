// Colours of the style sheet for canvases, which support neither variables nor `light-dark()`.

/** @type {Map<string, string>} */
let known = new Map();
const probe = document.createElement('span');

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
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

/** What every chart's axes look like. */
export const axisStyle = {
  stroke: () => colour('--muted'),
  grid: { stroke: () => colour('--line'), width: 1 },
  ticks: { show: false },
  font: '12px system-ui',
};
