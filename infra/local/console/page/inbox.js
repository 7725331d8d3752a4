// The newest mails, as they are.

import { incidentAddress } from './address.js';
import { errorElement, getJson } from './api.js';
import { closeDialog, openDialog } from './dialog.js';
import { byId, el, fields, fill, reconcile, setText } from './dom.js';
import { ago, plural, when } from './format.js';

/** @import { MailSummary } from '../page-state.ts' */
/** @import { Router } from './router.js' */
/** @import { Store } from './store.js' */

const SHOWN = 30;
/** How the detector's subjects begin, such as `FIRING critical: …`. */
const STATUS = /^(FIRING|ESCALATED|RESOLVED)(?: (warning|critical))?/;

/** @param {Store} store @param {Router} router */
export function createInbox(store, router) {
  router.add('mails', { title: () => 'Inbox' });
  const list = el('ul.mails');
  store.on(['mails', 'about'], ({ mails, about }) => {
    const { total } = mails;
    const limit = total > SHOWN ? `, the newest ${SHOWN} shown` : '';
    setText(byId('inbox-note'), total === 0 ? '' : `${plural(total, 'mail')}${limit}.`);
    const box = byId('inbox-list');
    if (total === 0) {
      fill(
        box,
        el(
          'p.empty',
          'No mail yet: the first one comes with the first incident. To get alerts at one more address: ',
          el('code', `npm run subscribe -- you@example.com ${about.flags}`),
        ),
      );
      return;
    }
    if (!list.isConnected) fill(box, list);
    reconcile(list, mails.newest.slice(0, SHOWN), ({ id }) => id, create);
  });
}

/** @param {MailSummary} mail */
function create({ id, subject, to, receivedAt, incident_id }) {
  const [head = '', status, severity] = STATUS.exec(subject) ?? [];
  return el(
    'li',
    el(
      'button',
      {
        ...{ type: 'button', class: 'mail', 'data-status': status?.toLowerCase(), 'data-severity': severity },
        onclick: () => open(id, to, incident_id),
      },
      el('span.subject', head && el('span.status', head), subject.slice(head.length) || '(no subject)'),
      el('span.row.muted', el('span', to), ago(receivedAt)),
    ),
  );
}

let opened = 0;

/** @type {(id: string, to: string, incident?: string) => Promise<void>} */
async function open(id, to, incident) {
  opened += 1;
  const own = opened;
  const mail = await getJson('/api/mail', { id }).catch((error) => ({ error }));
  // A slow one must not come on top of the one that was asked for after it.
  if (own !== opened) return;
  if ('error' in mail) {
    openDialog('This mail cannot be shown', errorElement('p', mail.error));
    return;
  }
  openDialog(
    mail.subject || '(no subject)',
    fields([
      ['From', mail.from],
      ['To', to],
      ['Received', when(mail.receivedAt)],
    ]),
    incident && el('p', el('a', { href: incidentAddress(incident), onclick: closeDialog }, 'Its incident')),
    el('pre', mail.text),
  );
}
