// The page: follows the server's events and lets each part draw what concerns it.
import { createAbout } from './about.js';
import { createAnswers } from './answers.js';
import { byId, setText } from './dom.js';
import { createFleet } from './fleet.js';
import { FleetData } from './fleet-data.js';
import { setServerClock, tickTimes } from './format.js';
import { createHistory } from './history.js';
import { createInbox } from './inbox.js';
import { createIncidents } from './incidents.js';
import { createLake } from './lake.js';
import { createPipeline } from './pipeline.js';
import { createPlay } from './play.js';
import { createStore, follow } from './store.js';

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
const play = createPlay(store, data, () => {});

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

/** The title says it while another tab is in front; the announcement says it to a screen reader. */
let announced = '';
store.on(['incidents'], ({ incidents }) => {
  const firing = incidents.filter(({ state }) => state === 'firing');
  document.title = firing.length > 0 ? `(${firing.length}) Streamwatch` : 'Streamwatch';
  const text =
    firing.length === 0
      ? 'Nothing is firing'
      : `${firing.length} firing: ${firing[0].rule} on ${firing[0].device_id}`;
  if (text !== announced) setText(byId('announce'), text);
  announced = text;
});

follow(store, {
  onState(state) {
    const connection = byId('connection');
    document.body.dataset.connection = state;
    connection.dataset.state = state;
    setText(
      connection,
      state === 'live' ? 'Live' : 'Not connected. Is npm start still running? Trying again …',
    );
  },
  onWhole: () => data.load().then(() => fleet.reset()),
});
createHistory().catch(() => setTimeout(() => location.reload(), 3000));
