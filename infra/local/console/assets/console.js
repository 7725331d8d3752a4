// Keeps the page current without moving it under the reader: what is new replaces <main>, unless somebody has
// something selected there, or looks at another tab. Without JavaScript the page is as true as its reload.
const PERIOD_MS = 2000;
const connection = document.getElementById('connection');

async function refresh() {
  if (document.hidden) return '';
  const main = document.querySelector('main');
  const focused = main.contains(document.activeElement) ? document.activeElement : null;
  if (!getSelection().isCollapsed || focused?.matches('a, button, summary'))
    return 'Paused while something is selected';
  const response = await fetch(location.href);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const next = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('main');
  for (const open of main.querySelectorAll('details[open]')) {
    next.querySelector(`#${open.id}`)?.setAttribute('open', '');
  }
  const boxes = [...main.querySelectorAll('.scroll')].map((box) => [box, box.scrollLeft, box.scrollTop]);
  main.replaceWith(next);
  for (const [box, left, top] of boxes) {
    const successor = next.querySelector(`[aria-label="${box.getAttribute('aria-label')}"]`);
    if (box === focused) successor?.focus({ preventScroll: true });
    successor?.scrollTo(left, top);
  }
  return '';
}

async function loop() {
  try {
    connection.textContent = await refresh();
  } catch {
    connection.textContent = 'Not connected: is the local runtime still running?';
  }
  setTimeout(loop, PERIOD_MS);
}

// A form or a single mail does not change.
if (location.pathname === '/' || location.pathname === '/inbox') setTimeout(loop, PERIOD_MS);
