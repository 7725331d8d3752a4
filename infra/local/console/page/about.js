// Facts that stay the same during a run (resources, commands to type next), and notices.
import { byId, el, field, fill, fillEach, link, setText, stackedTable, table } from './dom.js';
import { ago, count, when } from './format.js';

/** @import { About, NotEvaluated, Notice } from '../page-state.ts' */
/** @import { Store } from './store.js' */

/** @param {Store} store */
export function createAbout(store) {
  store.on(['about'], ({ about }) => {
    drawCommands(about);
    drawResources(about);
    drawFooter(about);
  });
  store.on(['about', 'fleet', 'counts'], ({ about, fleet, counts }) => {
    const empty = document.getElementById('fleet-empty');
    if (!empty) return;
    const text = emptyText(counts.devices, Boolean(fleet));
    if (empty.dataset.text === text) return;
    empty.dataset.text = text;
    fill(empty, text, text.endsWith(': ') && el('code', `npm run simulate -- ${about.flags}`));
  });
  store.on(['notEvaluated'], ({ notEvaluated }) => drawNotEvaluated(notEvaluated));
  store.on(['notices'], ({ notices }) => drawNotices(notices));
}

/** Where there is no chart. @type {(devices: number, hasFleet: boolean) => string} */
function emptyText(devices, hasFleet) {
  if (devices > 0) return 'Looking for the readings of the last minutes …';
  if (hasFleet) return 'No reading since the start: the fleet is starting.';
  return 'No reading since the start. Start a fleet in another terminal: ';
}

/** @param {About} about */
function drawCommands({ flags, endpoint }) {
  const commands = [
    [`npm run query -- fleet-now ${flags}`, 'A saved query, as Athena would answer it'],
    [`npm run subscribe -- you@example.com ${flags}`, 'Alerts to one more address, in the inbox here'],
    [
      `npm run simulate -- ${flags} --seed 2 --malformed 0.01`,
      'More devices, at other sites; 1 % of their lines are malformed',
    ],
    [
      `AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=us-east-1 aws --endpoint-url ${endpoint} kinesis list-streams`,
      'Any AWS tool, with any credentials',
    ],
  ];
  fillEach(byId('commands'), commands, ([command, what]) => field(el('code', command), what));
}

/** @param {About} about */
function drawResources({ resources }) {
  const rows = resources.map(({ logicalId, type, mode }) =>
    el('tr', el('th.path', { scope: 'row' }, logicalId), el('td', type), el('td', mode)),
  );
  fill(byId('resource-list'), table('Resources of the template', ['Resource', 'Type', 'Mode'], rows));
  const local = resources.filter(({ mode }) => mode === 'local').length;
  const summary = `Resources of the template: ${local} of ${resources.length} run here`;
  setText(byId('resources-summary'), summary);
}

/** @param {About} about */
function drawFooter({ version, startedAt, endpoint }) {
  fill(
    byId('about-line'),
    `Streamwatch ${version}, started `,
    when(startedAt),
    '. AWS endpoint ',
    el('code', endpoint),
    '. As JSON: ',
    apiLink('status'),
    ', ',
    apiLink('alerts'),
    ', ',
    apiLink('inbox'),
    '.',
  );
}

/** @param {string} name */
const apiLink = (name) => link(`/api/${name}`, name);

/** @param {NotEvaluated[]} list */
function drawNotEvaluated(list) {
  byId('not-evaluated').hidden = list.length === 0;
  const rows = list.map(({ device_id = '?', site_id = '?', verdict, readings, reason, advice }) =>
    el(
      'tr',
      [device_id, site_id, verdict, count(readings), reason, advice].map((text) => el('td.wrap', text)),
    ),
  );
  const head = ['Device', 'Site', 'Verdict', 'Readings', 'Why', 'What to change'];
  fill(byId('not-evaluated-list'), stackedTable('By device and reason', head, rows));
}

/** @param {Notice[]} notices */
function drawNotices(notices) {
  byId('notices').hidden = notices.length === 0;
  fillEach(byId('notice-list'), notices, ({ level, text, at }) =>
    el(
      'li',
      el(`span.badge.${level === 'error' ? 'firing' : 'recovering'}`, level),
      ` ${text} `,
      el('span.muted', ago(at)),
    ),
  );
}
