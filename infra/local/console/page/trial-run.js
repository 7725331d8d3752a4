// Trials of rules on the server: one at a time, looked at until it ends.
import { getJson, postJson } from './api.js';

/** @import { RuleTrial } from '../rules-answers.ts' */

const LOOK_MS = 400;

/** @param {(trial: RuleTrial) => void} onProgress */
export function createTrialRuns(onProgress) {
  /** Counts trials and stops: what comes for an earlier one counts for nothing. */
  let runs = 0;
  let id = '';

  /** @param {string} own the id of a trial */
  const end = (own) => postJson('/api/rules-trial-stop', { id: own });

  /** @param {string} begun its id @param {() => boolean} isStale */
  async function follow(begun, isStale) {
    let trial = await getJson('/api/rules-trial', { id: begun });
    while (!isStale() && trial.state === 'running') {
      onProgress(trial);
      await new Promise((done) => setTimeout(done, LOOK_MS));
      trial = await getJson('/api/rules-trial', { id: begun });
    }
    return trial;
  }

  return {
    /**
     * A trial from its beginning to its end; undefined where it was stopped meanwhile, or another was begun.
     * @param {{ text: string, since: string }} asked
     */
    async run(asked) {
      runs += 1;
      const own = runs;
      const isStale = () => own !== runs;
      try {
        const begun = await postJson('/api/rules-trial', asked);
        if (isStale()) return void (await end(begun.id));
        id = begun.id;
        const trial = await follow(id, isStale);
        return isStale() ? undefined : trial;
      } catch (error) {
        if (!isStale()) throw error;
      }
    },
    stop() {
      runs += 1;
      return end(id);
    },
  };
}
