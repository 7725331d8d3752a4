// Follows the server's events: over restarts, over sleep, and in many tabs.

/** @import { Store } from './store.js' */

const CHECK_MS = 5_000;
/** The server says something every second: after this time without, nobody is there although nothing says so. */
const SILENT_MS = 15_000;
const RETRY_MS = 2_000;
/** A browser has six lines to a server, for all tabs: of more tabs than this, those that nobody sees keep none. */
const MAX_TABS = 3;
const TAB = 'streamwatch-tab';

/**
 * @param {Store} store @param {object} on @param {(state: 'live' | 'lost') => void} on.onState
 * @param {() => void} on.onWhole called before everything is sent again
 */
export function follow(store, { onState, onWhole }) {
  /** @type {EventSource | undefined} */
  let source;
  let retry = 0;
  let heardAt = 0;

  function connect() {
    disconnect();
    const own = new EventSource('/api/events');
    source = own;
    heardAt = performance.now();
    let first = true;
    own.onmessage = ({ data }) => {
      heardAt = performance.now();
      if (first) {
        first = false;
        onState('live');
        onWhole();
      }
      store.merge(JSON.parse(data));
    };
    own.onerror = () => {
      onState('lost');
      first = true;
      // The browser retries a refused connection by itself, but not one that was answered with an error.
      if (own.readyState === EventSource.CLOSED) {
        clearTimeout(retry);
        retry = setTimeout(connect, RETRY_MS);
      }
    };
  }

  function disconnect() {
    clearTimeout(retry);
    source?.close();
    source = undefined;
  }

  /** Without a line, for what a title says. */
  async function look() {
    disconnect();
    const answer = await fetch('/api/status').catch(() => undefined);
    const parts = answer?.ok ? await answer.json().catch(() => undefined) : undefined;
    // Somebody sees it by now.
    if (source) return;
    onState(parts ? 'live' : 'lost');
    if (parts) store.merge(parts);
  }

  async function check() {
    if (document.hidden && (await openTabs()) > MAX_TABS && document.hidden) return look();
    if (!source) return connect();
    if (performance.now() - heardAt < SILENT_MS) return;
    onState('lost');
    connect();
  }

  function begin() {
    countTab();
    check();
  }

  begin();
  setInterval(check, CHECK_MS);
  document.addEventListener('visibilitychange', check);
  addEventListener('pagehide', disconnect);
  addEventListener('pageshow', (event) => event.persisted && begin());
}

/** Until this tab is left; browsers tell those of one server of each other's locks. */
function countTab() {
  const left = new Promise((done) => addEventListener('pagehide', done, { once: true }));
  navigator.locks?.request(TAB, { mode: 'shared' }, () => left);
}

async function openTabs() {
  const { held = [] } = (await navigator.locks?.query()) ?? {};
  return held.filter(({ name }) => name === TAB).length;
}
