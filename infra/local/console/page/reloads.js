// Loading again as long as somebody looks. A newer load, or the end, makes those under way stale.

/** @param {number} hiddenMs how often a hidden tab is looked at: nobody sees what it would load */
export function createReloads(hiddenMs) {
  let timer = 0;
  let loads = 0;

  /** @param {number} ms @param {() => void} load */
  function after(ms, load) {
    timer = setTimeout(() => (document.hidden ? after(hiddenMs, load) : load()), ms);
  }

  function stop() {
    loads += 1;
    clearTimeout(timer);
  }

  return {
    stop,
    after,
    /** Begins a load. The function that is returned says whether it is stale. */
    begin() {
      stop();
      const own = loads;
      return () => own !== loads;
    },
  };
}
