// The answer to the query that was run last, and whether it is still that of the query in the box.
import { postJson } from './api.js';
import { byId, el, fill, setText } from './dom.js';
import { plural } from './format.js';
import { drawAnswer, drawFailure } from './query-answer.js';

/** @typedef {{ sql: string, parameters: string[] }} Question */

/** @param {() => Question} question what is in the box now */
export function createResult(question) {
  const box = byId('history-result');
  const said = byId('history-said');
  const stale = byId('history-stale');
  let runs = 0;
  /** @type {string | undefined} what was asked, where its answer is shown */
  let answered;
  /** @type {string | undefined} what is asked, until its answer comes */
  let running;

  function compare() {
    const isStale = answered !== undefined && answered !== JSON.stringify(question());
    stale.hidden = !isStale;
    box.classList.toggle('is-stale', isStale);
  }

  /** Nothing of an earlier query is left, and no answer of one comes any more. @param {string} text */
  function clear(text) {
    runs += 1;
    answered = undefined;
    running = undefined;
    fill(box, el('p.empty', text));
    setText(said, text);
    compare();
  }

  return {
    clear,
    compare,
    /** @param {string} name of the file to download */
    async run(name) {
      const asked = question();
      const text = JSON.stringify(asked);
      // Asked twice, it would be billed twice.
      if (text === running) return;
      clear('Running …');
      running = text;
      const own = runs;
      const answer = await postJson('/api/query', asked).catch((error) => ({ error }));
      if (own !== runs) return;
      running = undefined;
      answered = text;
      if ('error' in answer) drawFailure(box, answer.error);
      else drawAnswer(box, answer, name);
      // A whole table would take minutes to hear. What has failed says so itself.
      const isDone = !('error' in answer) && answer.state === 'SUCCEEDED';
      setText(said, isDone ? `${answer.more ? 'The first ' : ''}${plural(answer.rows.length, 'row')}` : '');
      compare();
    },
  };
}
