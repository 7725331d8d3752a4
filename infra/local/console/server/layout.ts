/** The frame of the pages without scripts, and the form of times and numbers in them. */
import { readFileSync } from 'node:fs';
import { INDEX_FILE } from './assets.ts';
import { Html, html } from './html.ts';

export const htmlDocument = (title: string, main: Html, current?: 'inbox'): Html => html`${startOf(title)}
<nav aria-label="Pages">
<a href="/">Overview</a>
<a href="/inbox"${current === 'inbox' && html` aria-current="page"`}>Inbox</a>
</nav>
</header>
<main id="main" class="narrow">
${main}
</main>
<footer>
As JSON: <a href="/api/status">status</a>, <a href="/api/alerts">alerts</a>, <a href="/api/inbox">inbox</a>
</footer>
</body>
</html>
`;

/** The start of the first page, up to the navigation, with another title and without scripts. */
function startOf(title: string): Html {
  const index = readFileSync(INDEX_FILE, 'utf8');
  const start = index.slice(0, index.indexOf('<nav')).trimEnd();
  const titleElement = html`<title>${title} · Streamwatch</title>`.markup;
  return new Html(
    start.replace(/<script .*<\/script>\n/g, '').replace(/<title>.*<\/title>/, () => titleElement),
  );
}

/** `12 s ago`, with the exact time in the tooltip. */
export function ago(iso: string, now: number): Html {
  const ms = now - Date.parse(iso);
  if (Number.isNaN(ms)) return html`${iso}`;
  return html`<time datetime="${iso}" title="${utc(iso)}">${describeAge(ms)}</time>`;
}

/** `2026-01-31 09:30:10 UTC`, as in the mails. */
export const utc = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;

function describeAge(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000);
  const [value, unit] =
    seconds < 90
      ? [seconds, 's']
      : seconds < 5400
        ? [Math.round(seconds / 60), 'min']
        : seconds < 129_600
          ? [Math.round(seconds / 3600), 'h']
          : [Math.round(seconds / 86_400), 'd'];
  return ms < -1000 ? `in ${value} ${unit}` : `${value} ${unit} ago`;
}

const NUMBER = new Intl.NumberFormat('en-US');
export const count = (value: number): string => NUMBER.format(value);
