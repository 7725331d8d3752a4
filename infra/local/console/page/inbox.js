// The newest mails, as they are.
import { errorElement, getJson } from './api.js';
import { openDialog } from './dialog.js';
import { byId, el, fields, fill, reconcile, setText } from './dom.js';
import { ago, plural, when } from './format.js';

/** @import { MailSummary } from '../page-state.ts' */
/** @import { Store } from './store.js' */

const SHOWN = 8;
/** How the detector's subjects begin, such as `FIRING critical: …`. */
const STATUS = /^(FIRING|ESCALATED|RESOLVED)(?: (warning|critical))?/;

/** @param {Store} store */
export function createInbox(store) {
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
function create({ id, subject, to, receivedAt }) {
  const [head = '', status, severity] = STATUS.exec(subject) ?? [];
  return el(
    'li',
    el(
      'button',
      {
        ...{ type: 'button', class: 'mail', 'data-status': status?.toLowerCase(), 'data-severity': severity },
        onclick: () => open(id),
      },
      el('span.subject', head && el('span.status', head), subject.slice(head.length) || '(no subject)'),
      el('span.row.muted', el('span', to), ago(receivedAt)),
    ),
  );
}

let opened = 0;

/** @param {string} id */
async function open(id) {
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
      ['To', mail.to],
      ['Received', when(mail.receivedAt)],
    ]),
    el('pre', mail.text),
  );
}
