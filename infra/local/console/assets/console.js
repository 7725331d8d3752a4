// Keeps the page current without moving it under the reader: what is new replaces <main>, unless somebody has
// something selected or focused there, or looks at another tab. Without JavaScript the page is as true as its reload.
const PERIOD_MS = 2000;
const connection = document.getElementById('connection');

async function refresh() {
  const main = document.querySelector('main');
  if (document.hidden || !getSelection().isCollapsed || main.contains(document.activeElement)) return;
  const response = await fetch(location.href);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const next = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('main');
  if (main.innerHTML.trim() === next.innerHTML.trim()) return;
  for (const open of main.querySelectorAll('details[open]')) {
    next.querySelector(`#${open.id}`)?.setAttribute('open', '');
  }
  const scrolled = [...main.querySelectorAll('.scroll')].map((box) => [
    box.getAttribute('aria-label'),
    box.scrollLeft,
    box.scrollTop,
  ]);
  main.replaceWith(next);
  for (const [label, left, top] of scrolled)
    next.querySelector(`[aria-label="${label}"]`)?.scrollTo(left, top);
}

async function loop() {
  try {
    await refresh();
    connection.textContent = '';
  } catch {
    connection.textContent = 'Not connected: is the local runtime still running?';
  }
  setTimeout(loop, PERIOD_MS);
}

// A form or a single mail does not change.
if (location.pathname === '/' || location.pathname === '/inbox') setTimeout(loop, PERIOD_MS);
