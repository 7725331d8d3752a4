/** HTML whose interpolated values are always escaped, because they come from devices and mails. */

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe markup: made by {@link html}, or read from one of our files. */
export class Html {
  readonly markup: string;

  constructor(markup: string) {
    this.markup = markup;
  }
}

type Value = string | number | Html | readonly Value[] | undefined | false;

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);

function render(value: Value): string {
  if (value instanceof Html) return value.markup;
  if (Array.isArray(value)) return value.map(render).join('');
  return value === undefined || value === false ? '' : escapeHtml(String(value));
}

/** Template tag: text and numbers are escaped, nested html and lists of it are not; undefined and false are left out. */
export const html = (strings: TemplateStringsArray, ...values: Value[]): Html =>
  new Html(strings.reduce((markup, part, i) => markup + render(values[i - 1]) + part));

const URL_PATTERN = /(https?:\/\/[^\s<>"']+)/;

export const linkify = (text: string): Html =>
  html`${text
    .split(URL_PATTERN)
    .map((part, i) =>
      i % 2 === 1 ? html`<a href="${part}" rel="noopener noreferrer">${part}</a>` : html`${part}`,
    )}`;
