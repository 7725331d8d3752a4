// One device: every metric over a range of time, its incidents, numbers that are missing, and readings that were refused.
import { addressOf, siteAddress } from './address.js';
import { errorElement, getJson, postJson } from './api.js';
import { silenceDialog } from './desk.js';
import { createDeviceCharts } from './device-charts.js';
import { drawHistory } from './device-history.js';
import { button, byId, card, el, field, fields, fill, fillEach, link, setText, WIDE_FIELDS } from './dom.js';
import { ago, count, plural, span, when } from './format.js';
import { incidentList } from './incidents.js';
import { createLiveButton } from './live-readings.js';
import { createRangeBar, rangeChoices, rangeOr, rangeWords } from './time-range.js';

/** @import { Children } from './dom.js' */
/** @import { DeviceModel, IncidentPage } from '../page-answers.ts' */
/** @import { About, SiteState } from '../page-state.ts' */
/** @import { Address } from './address.js' */
/** @import { FleetData } from './fleet-data.js' */
/** @import { Router } from './router.js' */
/** @import { Parts, Store } from './store.js' */

const RANGE = '15m';
const INCIDENTS = '20';

/** @param {Store} store @param {FleetData} data @param {Router} router */
export function createDeviceView(store, data, router) {
  const parts = createParts();
  const bar = createRangeBar(parts.range, router);
  const liveButton = createLiveButton();
  fill(parts.live, liveButton.element);
  const charts = createDeviceCharts((from, to) => router.go(rangeChoices(from, to)));
  fill(parts.charts, charts.element);
  /** @type {Address | undefined} */
  let shown;
  let charted = '';
  let listed = '';
  let headed = '';

  /** Everything that goes with the range; again when the address changes. */
  async function load() {
    const { about } = store.parts;
    if (!shown || !about) return;
    const [site = '', device = ''] = shown.names;
    const own = shown;
    const range = rangeOr(own, RANGE);
    bar.show(range);
    fill(parts.span, rangeWords(range));
    if (charted !== location.hash) {
      charted = location.hash;
      const incidents = await incidentsOf(site, device).catch(() => []);
      if (shown !== own) return;
      const first = about.metrics[0]?.name;
      charts.show(about, { site, device, incidents, first, range: () => rangeOr(own, RANGE) });
      const query = { site, device, from: `${range.from}`, to: `${range.to}` };
      const history = await getJson('/api/device', query).catch((error) => ({ error }));
      if (shown === own) drawHistory(parts, history);
      const model = await getJson('/api/model', { site, device }).catch((error) => ({ error }));
      if (shown !== own) return;
      fill(parts.model, 'error' in model ? errorElement('span', model.error) : modelWords(model));
    }
  }

  async function listIncidents() {
    const { about, incidentRevision } = store.parts;
    if (!shown || !about || incidentRevision === undefined) return;
    const [site = '', device = ''] = shown.names;
    const now = `${incidentRevision} ${site} ${device}`;
    if (now === listed) return;
    listed = now;
    const page = await getJson('/api/incidents', { site, device, limit: INCIDENTS }).catch((error) => ({
      error,
    }));
    if (now !== listed) return;
    if ('error' in page) listed = '';
    drawIncidents(parts, page, about, site, device);
  }

  function tick() {
    if (!shown) return;
    const [site = '', device = ''] = shown.names;
    const { about } = store.parts;
    if (about && headed !== `${site}/${device}`) {
      headed = `${site}/${device}`;
      drawHead(parts, about, site, device);
    }
    drawFacts(parts, store.parts, data, site, device);
    liveButton.draw(store.parts, site);
    listIncidents();
  }

  store.on(['telemetry'], () => {
    if (shown && charted === '') load();
    tick();
  });
  router.add('device', {
    title: ({ names: [site, device] }) => `${device} at ${site}`,
    show(address) {
      const isOther = address.names.join('/') !== shown?.names.join('/');
      shown = address;
      if (isOther) {
        charts.stop();
        parts.clear();
        listed = '';
      }
      tick();
      load();
    },
    hide() {
      shown = undefined;
      charted = '';
      charts.stop();
    },
  });
}

/** @type {(site: string, device: string) => Promise<IncidentPage['incidents']>} */
const incidentsOf = async (site, device) =>
  (await getJson('/api/incidents', { site, device, limit: '200' })).incidents;

function createParts() {
  const head = el('section.card');
  const facts = fields([], WIDE_FIELDS);
  const range = el('div.range');
  const live = el('div');
  const charts = el('div', { id: 'device-charts' });
  const spanNote = el('span');
  const incidents = el('div', { id: 'device-incidents' });
  const model = el('p', { id: 'device-model' });
  const gaps = el('div', { id: 'device-gaps' });
  const refused = el('div', { id: 'device-refused' });
  fill(
    byId('device-view'),
    head,
    card('Readings', range, live, charts),
    card('Incidents', incidents),
    card('What is usual for it', model),
    el('div.two', card('Missing numbers', gaps), card('Readings not evaluated', refused)),
  );
  return {
    head,
    facts,
    range,
    live,
    charts,
    span: spanNote,
    incidents,
    model,
    gaps,
    refused,
    clear() {
      for (const part of [gaps, refused, incidents, model]) fill(part, el('span.muted', 'Looking …'));
    },
  };
}

/** @typedef {ReturnType<typeof createParts>} DeviceParts */

const COMMANDS = {
  'forget-device': {
    text: 'Forget it',
    title: 'It was taken out of service: its silence is not told any more',
  },
  'reset-model': { text: 'Learn anew', title: 'Such as after a repair: what is usual for it is learnt anew' },
};

/** Names and buttons: once for a device, so that they keep the focus. @type {(parts: DeviceParts, about: About, site: string, device: string) => void} */
function drawHead({ head, facts }, about, site, device) {
  fill(
    head,
    el('p.crumbs', link('#/fleet', 'Fleet'), '/', link(siteAddress(site), site), '/'),
    el('div.title', el('h2', device)),
    facts,
    el(
      'p.crumbs',
      link(addressOf(['queries', 'device-last-hour'], { DEVICE_ID: device }), 'As a query'),
      link(addressOf(['incidents'], { site, state: 'open' }), 'Open incidents of the site'),
      button('Silence', () => silenceDialog({ site, device }, () => {})),
      commandButtons(about, site, device),
    ),
  );
}

/** What changes by the second. @type {(parts: DeviceParts, state: Partial<Parts>, data: FleetData, site: string, device: string) => void} */
function drawFacts({ facts }, { sites = [], about, counts }, data, site, device) {
  const known = data.devices.find((one) => one.site_id === site && one.device_id === device);
  const latest = known && data.latest(known.index);
  const gateway = sites.find((one) => one.site === site);
  /** @type {[string, string | Node][]} */
  const list = [];
  if (latest) list.push(['Last reading', ago(new Date(latest.second * 1000).toISOString())]);
  // Of many devices, the last minutes are not kept of all.
  else if (about?.isLive && data.devices.length >= (counts?.devices ?? 0))
    list.push(['Last reading', 'none in the last 5 minutes']);
  if (gateway) list.push(['Gateway', gatewayWords(gateway)]);
  fillEach(facts, list, ([name, value]) => field(name, value));
}

/** @param {SiteState} gateway */
const gatewayWords = ({ waiting, oldestSeconds, isLineCut, problem }) =>
  `${problem ?? (isLineCut ? 'cut off' : 'connected')}; ${plural(waiting, 'reading')} on its disk${waiting > 0 ? `, the oldest for ${span(oldestSeconds * 1000)}` : ''}`;

/** What its model says. @param {DeviceModel} model */
function modelWords({ metrics }) {
  if (metrics.length === 0) return 'nothing yet';
  return metrics.map(({ metric, learningUntil }) =>
    learningUntil
      ? [`${metric}: learning until `, when(learningUntil), '; before, nothing is called unusual. ']
      : `${metric}: learnt. `,
  );
}

/** Buttons that run a command about the device. @type {(about: About, site: string, device: string) => Children[]} */
function commandButtons(about, site, device) {
  const said = el('span.muted', { role: 'status' });
  return [
    about.deviceCommands.map((command) =>
      el(
        'button',
        {
          ...{ type: 'button', title: COMMANDS[command].title },
          onclick: async () => {
            setText(said, 'Working …');
            await postJson('/api/device-command', { command, site, device }).then(
              ({ done }) => setText(said, done),
              (error) => fill(said, errorElement('span', error)),
            );
          },
        },
        COMMANDS[command].text,
      ),
    ),
    said,
  ];
}

/** @type {(parts: DeviceParts, page: IncidentPage | { error: unknown }, about: About, site: string, device: string) => void} */
function drawIncidents({ incidents: box }, page, about, site, device) {
  if ('error' in page) return void fill(box, errorElement('p', page.error));
  const { incidents, matching } = page;
  if (incidents.length === 0) return void fill(box, el('p.muted', `None of ${device} is kept.`));
  fill(
    box,
    incidentList(incidents, about),
    matching > incidents.length &&
      el('p', link(addressOf(['incidents'], { site, device }), `All ${count(matching)}`)),
  );
}
