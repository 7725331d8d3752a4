// The page's data, in parts, and the listeners for each part.

/** @import { LakeListing } from '../page-answers.ts' */
/** @import { PageState, PageStream } from '../page-state.ts' */
/** @typedef {PageState & PageStream & { lake: LakeListing }} Parts `lake` is fetched by the page itself */
/** @typedef {ReturnType<typeof createStore>} Store */

export function createStore() {
  /** @type {Partial<Parts>} */
  const parts = {};
  /** @type {((delta: Partial<Parts>) => void)[]} */
  const listeners = [];
  return {
    parts,
    /**
     * Calls `listener` with all parts when one of `names` has changed, once all of them have arrived.
     * @template {keyof Parts} Name @param {Name[]} names
     * @param {(parts: Partial<Parts> & Pick<Parts, Name>) => void} listener
     */
    on(names, listener) {
      listeners.push((delta) => {
        if (names.some((name) => name in delta) && hasAll(parts, names)) listener(parts);
      });
    },
    /** @param {Partial<Parts>} delta */
    merge(delta) {
      Object.assign(parts, delta);
      for (const listener of listeners) listener(delta);
    },
  };
}

/**
 * @template {keyof Parts} Name @param {Partial<Parts>} parts @param {Name[]} names
 * @returns {parts is Partial<Parts> & Pick<Parts, Name>}
 */
const hasAll = (parts, names) => names.every((name) => name in parts);
