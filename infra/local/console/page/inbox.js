// The newest mails, as they are.
import { byId, el, fill, getJson, openDialog, reconcile, setText } from './dom.js';
import { ago, plural, when } from './format.js';

const SHOWN = 8;

export function createInbox(store) {
  const list = el('ul', { class: 'mails' });
  store.on(['mails', 'about'], ({ mails, about }) => {
    setText(byId('inbox-note'), mails.total === 0 ? '' : `${plural(mails.total, 'mail')}.`);
    const box = byId('inbox-list');
    if (mails.total === 0) {
      fill(
        box,
        el(
          'p',
          { class: 'empty' },
          'No mail yet: the first one comes with the first incident. To get alerts at one more address: ',
          el('code', {}, `npm run subscribe -- you@example.com ${about.flags}`),
        ),
      );
      return;
    }
    if (!list.isConnected) fill(box, list);
    reconcile(list, mails.newest.slice(0, SHOWN), ({ id }) => id, create);
  });
}

const create = ({ id, subject, to, receivedAt }) =>
  el(
    'li',
    {},
    el(
      'button',
      { type: 'button', class: 'mail', onclick: () => open(id) },
      el('span', { class: 'subject' }, subject || '(no subject)'),
      el('span', { class: 'row muted' }, el('span', {}, to), ago(receivedAt)),
    ),
  );

async function open(id) {
  try {
    const mail = await getJson(`/api/mail?id=${encodeURIComponent(id)}`);
    openDialog(
      mail.subject || '(no subject)',
      el(
        'dl',
        { class: 'fields' },
        field('From', mail.from),
        field('To', mail.to),
        field('Received', when(mail.receivedAt)),
      ),
      el('pre', {}, mail.text),
    );
  } catch (error) {
    openDialog('This mail cannot be shown', el('p', { class: 'error' }, error.message));
  }
}

const field = (name, value) => el('div', {}, el('dt', {}, name), el('dd', {}, value));
