// The pipeline: rates on the arrows, and which stage stands still or fails.
import { byId, setText } from './dom.js';
import { createPicture, stageTitle } from './pipeline-picture.js';
import { describePipeline, RATE_MS } from './stages.js';

/** @import { PageState } from '../page-state.ts' */
/** @import { Rated, Seen } from './stages.js' */
/** @import { Store } from './store.js' */

/** @typedef {{ speed(name: Rated): number }} Pipeline */

/** How long counts are kept. */
const KEPT_MS = 15_000;

/** @param {Store} store @returns {Pipeline} */
export function createPipeline(store) {
  const picture = createPicture();
  /** @type {PageState['counts'][]} */
  const past = [];

  /** Growth per second of a count in the last seconds. @param {Rated} name */
  function speed(name) {
    const last = past.at(-1);
    if (!last) return 0;
    const first = past.find(({ now }) => last.now - now <= RATE_MS) ?? last;
    return last === first ? 0 : (1000 * (last[name] - first[name])) / (last.now - first.now);
  }

  /** @param {Seen} seen */
  function update(seen) {
    const { counts, vitals } = seen;
    past.push(counts);
    while (past[0] && counts.now - past[0].now > KEPT_MS) past.shift();
    const { stages, arrows } = describePipeline(seen, speed);
    for (const [name, shown] of Object.entries(arrows)) picture.showArrow(name, shown);
    const problems = [];
    for (const [name, shown] of Object.entries(stages)) {
      picture.showStage(name, shown);
      if (shown[0] === 'failing') problems.push(`${stageTitle(name)} is failing`);
      if (shown[0] === 'still') problems.push(`${stageTitle(name)} stands still`);
    }
    if (vitals.failedInvocations > 0 && vitals.failure) problems.push(vitals.failure);
    setText(byId('pipeline-note'), problems.join('. '));
  }

  store.on(['about'], picture.draw);
  store.on(['about', 'counts', 'vitals', 'mails', 'incidents'], update);
  return { speed };
}
