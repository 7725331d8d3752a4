// The rules file in an editor: checked while it is typed, explained, tried on history, and written where it may be.
import { errorElement, getJson } from './api.js';
import { createCodeBox } from './code-box.js';
import { button, byId, el, fill, link, setText } from './dom.js';
import { pathAt, placeOf, placesOf } from './json-places.js';
import { createRuleChanges } from './rule-file-changes.js';
import { drawHelp } from './rule-help.js';
import { drawProblems, locate } from './rule-problems.js';
import { createRuleTrial } from './rule-trial.js';
import { createChecks, statusWords } from './rules-check.js';
import { dropDraft, keepDraft, keptDraft } from './rules-draft.js';

/** @import { RulesCheck, RulesFileText } from '../rules-answers.ts' */
/** @import { Router } from './router.js' */
/** @import { Store } from './store.js' */

/** @param {Store} store @param {Router} router */
export function createRulesEditor(store, router) {
  /** @type {Promise<ReturnType<typeof openEditor>> | undefined} */
  let opened;
  let isShown = false;

  async function open() {
    const file = await getJson('/api/rules-file');
    return openEditor(byId('rules-editor'), file, store);
  }

  /** @param {string | undefined} rule where the cursor goes */
  async function show(rule) {
    try {
      opened ??= open();
      const editor = await opened;
      if (isShown) await editor.show(rule);
    } catch (error) {
      opened = undefined;
      if (isShown)
        fill(byId('rules-editor'), el('section.card', el('h2', 'Edit rules'), errorElement('p', error)));
    }
  }

  router.add('edit-rules', {
    title: () => 'Edit rules',
    show({ names: [rule] }) {
      isShown = true;
      show(rule);
    },
    hide() {
      isShown = false;
    },
  });
}

/** @param {HTMLElement} box @param {RulesFileText} file as it was loaded @param {Store} store */
function openEditor(box, file, store) {
  const parts = createParts(file, () => begin(file.text, file.version));
  const trial = createRuleTrial(store, parts.trial, () => code.text());
  const changes = createRuleChanges(parts.changes, file, {
    text: () => code.text(),
    version: () => version,
    onWritten(text, now) {
      file.text = text;
      version = now;
      checks.now();
    },
    recheck: () => checks.now(),
  });
  const code = createCodeBox('Rules, as JSON', onChange, onCursor);
  fill(parts.code, code.element);
  let version = file.version;
  let places = placesOf('');
  const checks = createChecks(code.text, showCheck, (error) =>
    fill(parts.status, errorElement('span', error)),
  );

  function onChange() {
    places = placesOf(code.text());
    if (code.text() === file.text) dropDraft();
    else keepDraft(code.text(), version);
    changes.wait();
    trial.compare();
    checks.soon();
  }

  /** @param {number} at */
  function onCursor(at) {
    const path = pathAt(places, at);
    drawHelp(parts.help, file.fields, path, kindAt(code.text(), path));
  }

  /** @type {(text: string, answer: RulesCheck) => void} */
  function showCheck(text, answer) {
    const problems = locate(text, places, answer.problems);
    code.mark(new Set(problems.map(({ line }) => line)));
    drawProblems(parts.problems, problems, ({ from, to }) => {
      code.area.focus();
      code.goTo(from, to);
    });
    code.area.setAttribute('aria-invalid', String(problems.length > 0));
    setText(parts.status, statusWords(answer));
    fill(parts.conflict, answer.version !== version && conflictNotice(file.name, load));
    trial.allow(problems.length === 0);
    changes.show(answer, answer.version === version);
  }

  /** The file as it is on the disk now. @param {boolean} isKept whether the edits stay */
  async function load(isKept) {
    const fresh = await getJson('/api/rules-file').catch((error) => ({ error }));
    if ('error' in fresh) return fill(parts.conflict, errorElement('p', fresh.error));
    Object.assign(file, fresh);
    return begin(isKept ? code.text() : file.text, file.version);
  }

  /** @param {string} text @param {string} of its version */
  function begin(text, of) {
    version = of;
    code.set(text);
    return checks.now();
  }

  const draft = keptDraft();
  fill(box, parts.element);
  const begun = begin(draft?.text ?? file.text, draft?.version ?? file.version);
  return {
    /** @param {string | undefined} rule */
    async show(rule) {
      await begun;
      if (rule !== undefined) {
        const index = rulesIn(code.text()).findIndex((one) => one?.name === rule);
        const place = index < 0 ? undefined : placeOf(places, ['rules', index, 'name']);
        if (place) code.goTo(place.from);
      }
      checks.now();
    },
  };
}

/** @param {RulesFileText} file @param {() => void} onUndo */
function createParts({ name }, onUndo) {
  const parts = {
    conflict: el('div'),
    code: el('div'),
    help: el('div.help', { role: 'region', 'aria-label': 'About the field' }),
    problems: el('ul.plain.problems', { 'aria-label': 'Problems' }),
    status: el('p', { id: 'rules-status', role: 'status' }, 'Checking …'),
    trial: el('section.card', { id: 'rules-trial', 'aria-labelledby': 'rules-trial-title' }),
    changes: el('section.card', { id: 'rules-changes', 'aria-labelledby': 'rules-changes-title' }),
  };
  const undo = button('Undo all edits', onUndo);
  const main = el(
    'section.card',
    el('p.crumbs', link('#/rules', 'Rules'), '/'),
    el('div.title', el('h2', 'Edit rules'), el('code', name)),
    parts.conflict,
    el('div.rules-editor', parts.code, el('div.beside', parts.status, parts.problems, parts.help)),
    el('div.actions', undo),
  );
  return { ...parts, element: el('div', main, parts.trial, parts.changes) };
}

/** @param {string} text @returns {{ name?: unknown, kind?: unknown }[]} */
function rulesIn(text) {
  try {
    const { rules } = JSON.parse(text);
    return Array.isArray(rules) ? rules : [];
  } catch {
    return [];
  }
}

/** Where the file is not the one that was loaded. @type {(name: string, load: (isKept: boolean) => unknown) => HTMLElement} */
const conflictNotice = (name, load) =>
  el(
    'p.notice',
    `${name} has changed on the disk since it was loaded here. `,
    button('Load it, without the edits here', () => load(false)),
    ' ',
    button('Keep the edits, and compare with it as it is now', () => load(true)),
  );

/** Of the rule in which the cursor is. @param {string} text @param {(string | number)[]} path */
function kindAt(text, path) {
  const rule = rulesIn(text)[Number(path[1])];
  if (rule) return String(rule.kind ?? 'threshold');
  return 'threshold';
}
