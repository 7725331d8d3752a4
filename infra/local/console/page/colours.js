// Colours of the style sheet, for canvases: they know neither variables nor `light-dark()`.

let known = new Map();
const probe = document.createElement('span');

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  known = new Map();
});

/** The colour behind a variable such as `--accent`, as it is now. */
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
