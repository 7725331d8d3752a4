// The page's one dialog.
import { button, byId, el, fill } from './dom.js';

/** @import { Children } from './dom.js' */

export const closeDialog = () => byId('dialog', HTMLDialogElement).close();

/** @param {string} title @param {...Children} content */
export function openDialog(title, ...content) {
  const dialog = byId('dialog', HTMLDialogElement);
  if (dialog.open) dialog.close();
  const heading = el('h2', { id: 'dialog-title', tabindex: '-1' }, title);
  fill(
    dialog,
    el(
      'div.head',
      heading,
      button('Close', () => dialog.close()),
    ),
    ...content,
  );
  dialog.showModal();
  heading.focus();
  return dialog;
}
