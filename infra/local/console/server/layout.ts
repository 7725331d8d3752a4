/** The frame around every page, and how times and sizes are written in it. */
import { type Html, html } from './html.ts';

export type Section = 'fleet' | 'inbox' | 'none';

const link = (href: string, name: string, current: boolean) =>
  current ? html`<a href="${href}" aria-current="page">${name}</a>` : html`<a href="${href}">${name}</a>`;

/** A whole document. Its only parts are ours, from the same address: see the policy in `console.ts`. */
export const page = (title: string, section: Section, main: Html): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Streamwatch</title>
<link rel="stylesheet" href="/assets/base.css">
<link rel="stylesheet" href="/assets/pipeline.css">
<link rel="stylesheet" href="/assets/forms.css">
<link rel="stylesheet" href="/assets/sections.css">
<link rel="stylesheet" href="/assets/history.css">
<link rel="stylesheet" href="/assets/narrow.css">
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="brand" href="/"><img src="/assets/icon.svg" alt="" width="22" height="22">Streamwatch</a>
<nav aria-label="Pages">
${link('/', 'Overview', section === 'fleet')}
${link('/inbox', 'Inbox', section === 'inbox')}
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

/** `12 s ago`, with the exact moment behind it. */
export function ago(iso: string, now: number): Html {
  const ms = now - Date.parse(iso);
  if (Number.isNaN(ms)) return html`${iso}`;
  return html`<time datetime="${iso}" title="${iso}">${describeAge(ms)}</time>`;
}

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

/** Bytes in the units of file managers: `1.4 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${value.toFixed(1)} ${unit}`;
}
