/** The inbox, a mail, and the page behind a mail's unsubscribe link. */
import type { Mail } from '../../../emulator/mailbox/mail.ts';
import { type Html, html, linkify } from './html.ts';
import { ago, count, htmlDocument, utc } from './layout.ts';

export const MAILS_PER_PAGE = 100;

/** `offset` mails are newer than the first one shown. */
export function inboxPage(mails: Mail[], total: number, offset: number, flags: string, now: number): Html {
  const older = offset + mails.length;
  const row = (mail: Mail) => html`<li><a href="/inbox/${mail.id}">
<span class="subject">${mail.subject || '(no subject)'}</span>
<span class="to">${mail.to}</span> ${ago(mail.receivedAt, now)}</a></li>`;
  return htmlDocument(
    'Inbox',
    html`<h1>Inbox <small>${count(total)} ${total === 1 ? 'mail' : 'mails'}</small></h1>
${
  mails.length === 0
    ? html`<p class="empty">Nothing here yet. Subscribe an address to the alerts:
<code>npm run subscribe -- you@example.com ${flags}</code></p>`
    : html`<ul class="mails">${mails.map(row)}</ul>`
}
<p>${offset > 0 && html`<a href="/inbox?offset=${Math.max(offset - MAILS_PER_PAGE, 0)}">Newer</a> `}${
      older < total && html`<a href="/inbox?offset=${older}">Older</a>`
    }</p>`,
    'inbox',
  );
}

export const mailPage = (mail: Mail): Html =>
  htmlDocument(
    mail.subject,
    html`<p><a href="/inbox">Back to the inbox</a></p>
<article>
<h1>${mail.subject || '(no subject)'}</h1>
<dl class="fields">
<div><dt>From</dt><dd>${mail.from}</dd></div>
<div><dt>To</dt><dd>${mail.to}</dd></div>
<div><dt>Received</dt><dd><time datetime="${mail.receivedAt}">${utc(mail.receivedAt)}</time></dd></div>
</dl>
<pre>${linkify(mail.text)}</pre>
</article>`,
    'inbox',
  );

/** Asks for confirmation, because programs that scan mails follow every link. */
export const unsubscribePage = (arn: string, subscription: { topicArn: string; endpoint: string }): Html =>
  htmlDocument(
    'Unsubscribe',
    html`<h1>Unsubscribe</h1>
<p><strong>${subscription.endpoint}</strong> gets the messages of <code>${subscription.topicArn}</code>.</p>
<form method="post" action="/unsubscribe.html">
<input type="hidden" name="SubscriptionArn" value="${arn}">
<button>Unsubscribe</button>
</form>`,
  );

export const messagePage = (title: string, text: string): Html =>
  htmlDocument(
    title,
    html`<h1>${title}</h1>
<p>${text}</p>
<p><a href="/">Back to the overview</a></p>`,
  );
