// A box for code: a text area with numbered lines. Tab indents; Escape and then Tab, or Shift and Tab, leaves the box.
import { all, el, fill } from './dom.js';

const INDENT = '  ';

/**
 * @param {string} label @param {() => void} onChange
 * @param {(at: number) => void} onCursor told where the cursor is
 */
export function createCodeBox(label, onChange, onCursor) {
  const lines = el('div.line-numbers', { 'aria-hidden': 'true' });
  const hint = el('p.muted.keys', { id: 'code-keys' }, 'Tab indents; Esc, then Tab leaves the box.');
  const area = el('textarea', {
    ...{ 'aria-label': label, 'aria-describedby': 'code-keys', wrap: 'off', spellcheck: 'false' },
    ...{ autocapitalize: 'off', autocomplete: 'off', rows: 24 },
  });
  let isLeaving = false;
  let cursor = -1;

  function changed() {
    const count = area.value.split('\n').length;
    if (lines.childElementCount !== count)
      fill(
        lines,
        Array.from({ length: count }, (_, i) => el('span', i + 1)),
      );
    onChange();
    moved();
  }

  function moved() {
    if (area.selectionStart === cursor) return;
    cursor = area.selectionStart;
    onCursor(cursor);
  }

  area.addEventListener('input', changed);
  area.addEventListener('scroll', () => {
    lines.scrollTop = area.scrollTop;
  });
  for (const type of /** @type {const} */ (['keyup', 'click', 'select', 'focus']))
    area.addEventListener(type, moved);
  area.addEventListener('blur', () => {
    isLeaving = false;
  });
  area.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === 'Tab' && !event.shiftKey && !isLeaving) indent(event, area);
    else if (event.key === 'Enter') breakLine(event, area);
    isLeaving = event.key === 'Escape';
  });

  return {
    element: el('div.code', el('div.code-frame', lines, area), hint),
    area,
    text: () => area.value,
    /** @param {string} text */
    set(text) {
      area.value = text;
      area.setSelectionRange(0, 0);
      cursor = -1;
      changed();
    },
    /** Puts the cursor there, in sight. @param {number} from @param {number} [to] */
    goTo(from, to = from) {
      area.setSelectionRange(from, to);
      const line = area.value.slice(0, from).split('\n').length;
      const height = area.scrollHeight / Math.max(lines.childElementCount, 1);
      area.scrollTop = Math.max(0, (line - 4) * height);
      moved();
    },
    /** @param {Set<number>} wrong lines, from 1 */
    mark(wrong) {
      for (const [i, line] of all('span', lines).entries()) line.classList.toggle('wrong', wrong.has(i + 1));
    },
  };
}

/** @type {(event: KeyboardEvent, area: HTMLTextAreaElement) => void} */
function indent(event, area) {
  event.preventDefault();
  insert(area, INDENT);
}

/** The next line begins where this one does, or further in. @type {(event: KeyboardEvent, area: HTMLTextAreaElement) => void} */
function breakLine(event, area) {
  event.preventDefault();
  const line = area.value.slice(0, area.selectionStart).split('\n').at(-1) ?? '';
  const [before = ''] = /^[ \t]*/.exec(line) ?? [];
  insert(area, `\n${before}${/[{[]\s*$/.test(line) ? INDENT : ''}`);
}

/** As if it were typed, so that it can be undone: no other way of changing a text area can. @type {(area: HTMLTextAreaElement, text: string) => void} */
function insert(area, text) {
  if (document.execCommand('insertText', false, text)) return;
  area.setRangeText(text, area.selectionStart, area.selectionEnd, 'end');
  area.dispatchEvent(new InputEvent('input', { bubbles: true }));
}
