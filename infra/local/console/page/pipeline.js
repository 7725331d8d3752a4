// The pipeline: rates on the arrows, and which stage stands still or fails.
import { byId, setText } from './dom.js';
import { createPicture } from './pipeline-picture.js';
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
    const first = past.find(({ elapsedMs }) => last.elapsedMs - elapsedMs <= RATE_MS) ?? last;
    return last === first ? 0 : (1000 * (last[name] - first[name])) / (last.elapsedMs - first.elapsedMs);
  }

  /** @param {Seen} seen */
  function update(seen) {
    const { counts } = seen;
    // Another run counts from zero.
    if (counts.elapsedMs < (past.at(-1)?.elapsedMs ?? 0) || counts.received < (past.at(-1)?.received ?? 0))
      past.length = 0;
    past.push(counts);
    while (past[0] && counts.elapsedMs - past[0].elapsedMs > KEPT_MS) past.shift();
    const { stages, arrows } = describePipeline(seen, speed);
    for (const [name, shown] of Object.entries(arrows)) picture.showArrow(name, shown);
    const problems = [];
    for (const [name, shown] of Object.entries(stages)) {
      picture.showStage(name, shown);
      if (shown.problem) problems.push(shown.problem);
    }
    setText(byId('pipeline-note'), problems.join('. '));
  }

  store.on(['about'], picture.draw);
  store.on(['about', 'counts', 'vitals', 'mails', 'incidentCounts', 'faults'], update);
  return { speed };
}
