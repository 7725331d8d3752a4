// The page: follows the server's events, and each part draws what concerns it.
import { createAbout } from './about.js';
import { createAnswers } from './answers.js';
import { messageOf, removeDisconnected } from './api.js';
import { byId, setText } from './dom.js';
import { createFleet } from './fleet.js';
import { FleetData } from './fleet-data.js';
import { count, setServerClock, tickTimes } from './format.js';
import { createHistory } from './history.js';
import { createInbox } from './inbox.js';
import { createIncidents } from './incidents.js';
import { createLake } from './lake.js';
import { createPipeline } from './pipeline.js';
import { createPlay } from './play.js';
import { drawFailure } from './query-answer.js';
import { createStore, follow } from './store.js';

/** A load that failed is tried again after this time. */
const RETRY_MS = 3_000;

const store = createStore();
const data = new FleetData();

store.on(['counts'], ({ counts }) => setServerClock(counts.now));
createAbout(store);
const pipeline = createPipeline(store);
createAnswers(store, pipeline);
createIncidents(store, data);
createInbox(store);
createLake(store);
const fleet = createFleet(store, data);
const play = createPlay(store, data);

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
  document.title = firing > 0 ? `(${count(firing)}) Streamwatch` : 'Streamwatch';
  const text = first ? `${count(firing)} firing: ${first.rule} on ${first.device_id}` : 'Nothing is firing';
  if (text !== announced) setText(byId('announce'), text);
  announced = text;
});

/** @param {'live' | 'lost'} state */
function showConnection(state) {
  const connection = byId('connection');
  document.body.dataset.connection = state;
  connection.dataset.state = state;
  const lost = 'Not connected. Is npm start still running? Trying again …';
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
    await createHistory();
  } catch (error) {
    drawFailure(byId('history-result'), error);
    setTimeout(startHistory, RETRY_MS);
  }
}
startHistory();
