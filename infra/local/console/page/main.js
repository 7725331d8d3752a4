// The page: follows the server's events, and each part draws what concerns it.
import { createAbout } from './about.js';
import { createAnswers } from './answers.js';
import { messageOf, programName, removeDisconnected } from './api.js';
import { createDeviceView } from './device-view.js';
import { all, byId, setText } from './dom.js';
import { createFleet } from './fleet.js';
import { FleetData } from './fleet-data.js';
import { follow } from './follow.js';
import { changeZone, count, setServerClock, tickTimes, zones } from './format.js';
import { createHealthView } from './health-view.js';
import { createHistory } from './history.js';
import { createInbox } from './inbox.js';
import { createIncidentView } from './incident-view.js';
import { createIncidents } from './incidents.js';
import { createLake } from './lake.js';
import { createPipeline } from './pipeline.js';
import { createPlay } from './play.js';
import { drawFailure } from './query-answer.js';
import { createRouter } from './router.js';
import { createRulesEditor } from './rules-editor.js';
import { createRulesView } from './rules-view.js';
import { createSilencesView } from './silences-view.js';
import { createStore } from './store.js';

/** @import { PageName } from './address.js' */

/** A load that failed is tried again after this time. */
const RETRY_MS = 3_000;

/** Pages that not every source has. @type {PageName[]} */
const LOCAL_PAGES = ['mails', 'pipeline', 'demo'];
/** @type {PageName[]} */
const HEALTH_PAGE = ['health'];
/** @type {PageName[]} */
const RULES_PAGES = ['rules', 'edit-rules'];

const store = createStore();
const data = new FleetData();
const router = createRouter((title) => {
  page = title;
  drawTitle();
});
let page = '';

store.on(['counts'], ({ counts }) => setServerClock(counts.now));
createAbout(store);
const pipeline = createPipeline(store);
createAnswers(store, pipeline);
const incidents = createIncidents(store, router);
createIncidentView(store, router);
createDeviceView(store, data, router);
createRulesView(store, router);
createRulesEditor(store, router);
createSilencesView(store, router);
createHealthView(router);
createInbox(store, router);
createLake(store);
const fleet = createFleet(store, data, router);
const play = createPlay(store, data);
router.add('fleet', {
  title: ({ names: [site] }) => (site === undefined ? 'Fleet' : `Site ${site}`),
  show: (address) => fleet.show(address),
  hide: fleet.hide,
});
router.add('pipeline', { title: () => 'Pipeline' });
router.add('demo', {
  title: () => 'Demo',
  show(address) {
    incidents.show();
    fleet.show(address);
  },
  hide() {
    incidents.hide();
    fleet.hide();
  },
});

store.on(['about'], ({ about }) => {
  document.body.dataset.live = String(about.isLive);
  byId('nav-health').hidden = !about.hasHealth;
  byId('nav-rules').hidden = about.areRulesUnknown === true;
  router.leaveOut([
    ...(about.isLive ? [] : LOCAL_PAGES),
    ...(about.hasHealth ? [] : HEALTH_PAGE),
    ...(about.areRulesUnknown ? RULES_PAGES : []),
  ]);
});

/** Readings of another site begin: those that are shown are of the one before. */
let readLive = '';
store.on(['liveReadings'], ({ liveReadings }) => {
  const now = liveReadings ? `${liveReadings.site} ${liveReadings.until}` : '';
  if (now !== readLive && now !== '') loadMinutes();
  readLive = now;
});

store.on(['telemetry'], ({ telemetry }) => {
  performance.mark('tick');
  data.apply(telemetry);
  requestAnimationFrame(() => {
    fleet.tick();
    play.tick();
    tickTimes();
    performance.measure('frame', 'tick');
  });
});

/** The title is for people who look at another tab, the announcement for screen readers. */
let announced = '';
store.on(['incidents', 'incidentCounts'], ({ incidents, incidentCounts: { firing } }) => {
  const first = incidents.find(({ state }) => state === 'firing');
  drawTitle();
  const text = first ? `${count(firing)} firing: ${first.rule} on ${first.device_id}` : 'Nothing is firing';
  if (text !== announced) setText(byId('announce'), text);
  announced = text;
});

function drawTitle() {
  const firing = store.parts.incidentCounts?.firing ?? 0;
  const name = page === 'Incidents' ? 'Streamwatch' : `${page} · Streamwatch`;
  document.title = firing > 0 ? `(${count(firing)}) ${name}` : name;
}

/** @param {'live' | 'lost'} state */
function showConnection(state) {
  const connection = byId('connection');
  document.body.dataset.connection = state;
  connection.dataset.state = state;
  const lost = `Not connected. Is ${programName()} still running? Trying again …`;
  setText(connection, state === 'live' ? 'Live' : lost);
  if (state === 'live') removeDisconnected();
}

async function loadMinutes() {
  try {
    await data.load();
    fleet.reset();
  } catch (error) {
    setText(byId('connection'), `The last minutes cannot be loaded: ${messageOf(error)}. Trying again …`);
    setTimeout(loadMinutes, RETRY_MS);
  }
}

follow(store, { onState: showConnection, onWhole: loadMinutes });

async function startHistory() {
  try {
    await createHistory(router);
  } catch (error) {
    drawFailure(byId('history-result'), error);
    setTimeout(startHistory, RETRY_MS);
  }
}
startHistory();
router.start();

const zone = byId('zone');
zone.hidden = zones.other === undefined;
setText(zone, `Times: ${zones.own}`);
zone.title = `Show times in ${zones.other}`;
zone.addEventListener('click', changeZone);

byId('skip').addEventListener('click', (event) => {
  event.preventDefault();
  byId('main').focus();
});

/** `/` goes to the search or the query, as in other tools. */
addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = all('#incident-search, #sql').find((one) => one.checkVisibility());
  if (!field) return;
  event.preventDefault();
  field.focus();
});
