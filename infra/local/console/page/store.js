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

/**
 * Follows the server's events, over restarts.
 * @param {Store} store @param {object} on @param {(state: 'live' | 'lost') => void} on.onState
 * @param {() => void} on.onWhole called before everything is sent again
 */
export function follow(store, { onState, onWhole }) {
  /** @type {EventSource} */
  let source;
  let retry = 0;
  const connect = () => {
    source = new EventSource('/api/events');
    let first = true;
    source.onmessage = ({ data }) => {
      if (first) {
        first = false;
        onState('live');
        onWhole();
      }
      store.merge(JSON.parse(data));
    };
    source.onerror = () => {
      onState('lost');
      first = true;
      // The browser retries a refused connection by itself, but not one that was answered with an error.
      if (source.readyState === EventSource.CLOSED) {
        clearTimeout(retry);
        retry = setTimeout(connect, 2000);
      }
    };
  };
  connect();
  addEventListener('pagehide', () => source.close());
  addEventListener('pageshow', (event) => event.persisted && connect());
}
