// What would be written to the rules file, writing it, and what to type then.
import { errorElement, postJson } from './api.js';
import { button, el, fill, setText } from './dom.js';

/** @import { RulesCheck, RulesFileText } from '../rules-answers.ts' */

/**
 * @param {HTMLElement} box @param {RulesFileText} file
 * @param {{
 *   text(): string, version(): string, onWritten(text: string, version: string): void, recheck(): Promise<void>,
 * }} editor
 */
export function createRuleChanges(
  box,
  { name, isWritable, applyWith },
  { text, version, onWritten, recheck },
) {
  const diff = el('div');
  const said = el('p', { role: 'status' });
  const next = el('div', { tabindex: '-1' });
  const go = el('button.primary', { type: 'button', disabled: true, onclick: write }, `Write ${name}`);

  async function write() {
    const written = text();
    const hadFocus = document.activeElement === go;
    wait();
    try {
      const answer = await postJson('/api/rules-write', { text: written, version: version() });
      fill(next, el('h3', 'Written:'), diffElement(answer.diff), commandList(answer.commands));
      // There is nothing left to write.
      if (hadFocus) next.focus();
      onWritten(written, answer.version);
    } catch (error) {
      await recheck();
      fill(said, errorElement('span', error));
    }
  }

  function wait() {
    go.disabled = true;
    fill(said);
  }

  fill(
    box,
    el('div.head', el('h2', { id: 'rules-changes-title' }, 'What changes in the file'), isWritable && go),
    el('p.muted', 'Writing it changes nothing that runs: it takes effect with ', el('code', applyWith), '.'),
    said,
    diff,
    next,
  );
  return {
    wait,
    /** @param {RulesCheck} answer @param {boolean} isLoaded whether the file is the one that was loaded */
    show({ problems, diff: text }, isLoaded) {
      go.disabled = problems.length > 0 || text === '' || !isLoaded;
      if (text === '') fill(diff, el('p.empty', 'Nothing: the file has exactly this text.'));
      else fill(diff, diffElement(text));
      if (text !== '') fill(next);
      if (problems.length > 0 && text !== '')
        setText(said, 'It can be written when there is no problem left.');
      else if (!isWritable && text !== '') setText(said, `${name} cannot be written from here.`);
      else fill(said);
    },
  };
}

/** @param {string} text */
const diffElement = (text) =>
  el(
    'pre.diff',
    text
      .trimEnd()
      .split('\n')
      .map((line) => el('span', { class: LINES.find(([pattern]) => pattern.test(line))?.[1] }, `${line}\n`)),
  );

/** @type {[pattern: RegExp, name: string][]} */
const LINES = [
  [/^(?:---|\+\+\+) [ab]\//, 'place'],
  [/^@@/, 'place'],
  [/^\+/, 'plus'],
  [/^-/, 'minus'],
];

/** @param {string[]} commands */
const commandList = (commands) => [
  el('h3', 'Next, in a terminal'),
  el('pre', { class: 'commands' }, commands.join('\n')),
  el('p', button('Copy', copyTo(commands.join('\n')))),
];

/** @param {string} text */
const copyTo =
  (text) =>
  /** @param {MouseEvent & { currentTarget: HTMLButtonElement }} event */
  ({ currentTarget }) => {
    const button = currentTarget;
    navigator.clipboard.writeText(text).then(
      () => setText(button, 'Copied'),
      () => setText(button, 'The browser does not allow it'),
    );
  };
