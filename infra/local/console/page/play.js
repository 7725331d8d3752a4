// Buttons that inject an anomaly, pause the fleet, or break something for a while.
import { errorElement } from './api.js';
import { byId, el, fill } from './dom.js';
import { createFaults } from './faults.js';
import { createInjectForm } from './inject-form.js';
import { createSites } from './sites.js';

/** @import { FleetData } from './fleet-data.js' */
/** @import { Attempt } from './api.js' */
/** @import { Child } from './dom.js' */
/** @import { InjectForm } from './inject-form.js' */
/** @import { Store } from './store.js' */

/** @param {Store} store @param {FleetData} data */
export function createPlay(store, data) {
  const said = el('p.said', { role: 'status' });
  let attempts = 0;
  /** @type {Attempt} */
  const attempt = (work) => {
    let isBusy = false;
    return async () => {
      // A second click of the same hand.
      if (isBusy) return;
      isBusy = true;
      attempts += 1;
      const own = attempts;
      /** Only of the last attempt: an earlier one may take longer. @type {(text: Child, isError: boolean) => void} */
      const say = (text, isError) => {
        if (own === attempts) fill(said, text).classList.toggle('error', isError);
      };
      try {
        const text = await work();
        if (text !== undefined) say(text, false);
      } catch (error) {
        say(errorElement('span', error), true);
      }
      isBusy = false;
    };
  };
  const faults = createFaults(store, attempt);
  createSites(store, attempt);
  /** @type {InjectForm | undefined} where a fleet runs */
  let form;
  let known = -1;

  store.on(['about', 'fleet'], ({ about, fleet }) => {
    if (!said.isConnected || Boolean(fleet) !== Boolean(form)) {
      form = fleet ? createInjectForm(about, () => store.parts.fleet?.paused === true, attempt) : undefined;
      known = -1;
      fill(byId('play'), form?.element, faults.element, said);
    }
    form?.showPaused(fleet?.paused === true);
  });
  return {
    tick() {
      faults.tick();
      if (!form || known === data.devices.length) return;
      known = data.devices.length;
      form.showDevices(data.devices);
    },
  };
}
