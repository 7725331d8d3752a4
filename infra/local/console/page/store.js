// What the server says, by parts, and who wants to know of which.

export function createStore() {
  const parts = {};
  const listeners = [];
  return {
    parts,
    /** Calls `listener` with all parts when one of `names` has come or changed. */
    on(names, listener) {
      listeners.push({ names, listener });
    },
    merge(delta) {
      Object.assign(parts, delta);
      for (const { names, listener } of listeners) {
        if (names.some((name) => name in delta) && names.every((name) => name in parts)) listener(parts);
      }
    },
  };
}

/**
 * Follows the server's events, over restarts. `onState` is told `live`, `lost`; `onWhole` is called when everything
 * is about to come anew.
 */
export function follow(store, { onState, onWhole }) {
  let source;
  let retry;
  const connect = () => {
    source = new EventSource('/api/events');
    let first = true;
    source.onmessage = async ({ data }) => {
      const delta = JSON.parse(data);
      if (first) {
        first = false;
        onState('live');
        onWhole();
      }
      store.merge(delta);
    };
    source.onerror = () => {
      onState('lost');
      first = true;
      // A refused connection is retried by the browser, an answer that is no stream of events is not.
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
