// The button that reads a stack's stream for some minutes: readings of a site as they come.
import { errorElement, postJson } from './api.js';
import { el, fill, once, setText } from './dom.js';
import { clock, plural } from './format.js';

/** @import { Parts } from './store.js' */

/** Whether readings of the site come as they are sent. @param {Partial<Parts>} parts @param {string} site */
export const isReadLive = ({ liveReadings }, site) => site !== '' && liveReadings?.site === site;

/** @param {() => void} [onBegin] */
export function createLiveButton(onBegin) {
  const said = el('span.muted', { role: 'status' });
  const button = el('button', { type: 'button' }, BEGIN);
  const element = el('p.live-readings', { hidden: true }, button, ' ', said);
  let drawn = '';

  /** @param {{ site: string } | { stop: true }} asked */
  async function ask(asked) {
    setText(said, 'Asking Kinesis …');
    try {
      await postJson('/api/live-readings', asked);
      drawn = '';
      if ('site' in asked) onBegin?.();
    } catch (error) {
      fill(said, errorElement('span', error));
    }
  }

  return {
    element,
    /** @param {Partial<Parts>} parts @param {string} site empty where there is none */
    draw(parts, site) {
      element.hidden = !parts.about?.canReadLive || site === '';
      const live = isReadLive(parts, site) ? parts.liveReadings : undefined;
      const now = `${site} ${JSON.stringify(live)}`;
      if (element.hidden || now === drawn) return;
      drawn = now;
      button.onclick = () => once(button, () => ask(live ? { stop: true } : { site }));
      setText(button, live ? 'Stop reading live' : BEGIN);
      setText(said, live ? liveWords(live) : WHAT_IT_TAKES);
    },
  };
}

const BEGIN = 'Read live for 5 minutes';
const WHAT_IT_TAKES =
  'Reads the site’s shard once a second, of the five reads a second that it shares with the detector.';

/** @param {NonNullable<Parts['liveReadings']>} live */
const liveWords = ({ until, shards, problem }) =>
  `${problem === undefined ? '' : `${problem}. Trying again. `}Once a second from ${plural(shards, 'shard')}, ` +
  `until ${clock(Date.parse(until))}.`;
