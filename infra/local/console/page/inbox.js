// The newest mails.
import { getJson, messageOf } from './api.js';
import { openDialog } from './dialog.js';
import { byId, el, fill, reconcile, setText } from './dom.js';
import { ago, plural, when } from './format.js';

/** @import { MailSummary } from '../page-state.ts' */
/** @import { Children } from './dom.js' */
/** @import { Store } from './store.js' */

const SHOWN = 8;

/** @param {Store} store */
export function createInbox(store) {
  const list = el('ul.mails');
  store.on(['mails', 'about'], ({ mails, about }) => {
    setText(byId('inbox-note'), mails.total === 0 ? '' : `${plural(mails.total, 'mail')}.`);
    const box = byId('inbox-list');
    if (mails.total === 0) {
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
const create = ({ id, subject, to, receivedAt }) =>
  el(
    'li',
    el(
      'button.mail',
      { type: 'button', onclick: () => open(id) },
      el('span.subject', subject || '(no subject)'),
      el('span.row.muted', el('span', to), ago(receivedAt)),
    ),
  );

/** @param {string} id */
async function open(id) {
  try {
    const mail = await getJson('/api/mail', { id });
    openDialog(
      mail.subject || '(no subject)',
      el(
        'dl.fields',
        field('From', mail.from),
        field('To', mail.to),
        field('Received', when(mail.receivedAt)),
      ),
      el('pre', mail.text),
    );
  } catch (error) {
    openDialog('This mail cannot be shown', el('p.error', messageOf(error)));
  }
}

/** @type {(name: string, value: Children) => HTMLElement} */
const field = (name, value) => el('div', el('dt', name), el('dd', value));
