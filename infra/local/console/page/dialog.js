// The page's one dialog.
import { button, byId, el, fill } from './dom.js';
import { placeOf } from './focus.js';

/** @import { Children } from './dom.js' */

export const closeDialog = () => byId('dialog', HTMLDialogElement).close();

/** Something to read. @param {string} title @param {...Children} content */
export const openDialog = (title, ...content) => open('Close', title, content);

/** Something to fill in, which may be about closing something else. @param {string} title @param {...Children} content */
export const openFormDialog = (title, ...content) => open('Cancel', title, content);

/** @type {(leave: string, title: string, content: Children[]) => HTMLDialogElement} */
function open(leave, title, content) {
  const dialog = byId('dialog', HTMLDialogElement);
  if (dialog.open) dialog.close();
  const refocus = openerOf(document.activeElement);
  dialog.onclose = () => {
    // That of the one before comes late, when this one is open.
    if (dialog.open) return;
    // The browser has found it, unless it was drawn anew meanwhile.
    if (document.activeElement === document.body || dialog.contains(document.activeElement)) refocus?.();
  };
  const heading = el('h2', { id: 'dialog-title', tabindex: '-1' }, title);
  fill(
    dialog,
    el(
      'div.head',
      heading,
      button(leave, () => dialog.close()),
    ),
    ...content,
  );
  dialog.showModal();
  heading.focus();
  return dialog;
}

/** Gives the focus back to what has opened the dialog. @param {Element | null} opener */
function openerOf(opener) {
  const around = opener?.parentElement?.closest('main [id]');
  return opener instanceof HTMLElement && around ? placeOf(opener, around) : undefined;
}
