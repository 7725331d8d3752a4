// What stays the same during a run: notices aside, the template's resources and what to type next.
import { byId, el, fill, table } from './dom.js';
import { ago, when } from './format.js';

export function createAbout(store) {
  store.on(['about'], ({ about }) => {
    const { flags, endpoint, resources, version, startedAt } = about;
    const commands = [
      [`npm run query -- fleet-now ${flags}`, 'A saved query, as Athena would answer it'],
      [`npm run subscribe -- you@example.com ${flags}`, 'Alerts to one more address, in the inbox here'],
      [
        `npm run simulate -- ${flags} --seed 2 --malformed 0.01`,
        'More devices, at other sites; some send rubbish',
      ],
      [`aws --endpoint-url ${endpoint} kinesis list-streams`, 'Any AWS tool, with any credentials'],
    ];
    fill(
      byId('commands'),
      commands.map(([command, what]) =>
        el('div', {}, el('dt', {}, el('code', {}, command)), el('dd', {}, what)),
      ),
    );
    const rows = resources.map(({ logicalId, type, mode }) =>
      el(
        'tr',
        {},
        el('th', { scope: 'row', class: 'path' }, logicalId),
        el('td', {}, type),
        el('td', {}, mode),
      ),
    );
    fill(byId('resource-list'), table('Resources of the template', ['Resource', 'Type', 'Mode'], rows));
    const local = resources.filter(({ mode }) => mode === 'local').length;
    byId('resources').firstElementChild.textContent =
      `Resources of the template: ${local} of ${resources.length} run here`;
    fill(
      byId('about-line'),
      `Streamwatch ${version}, started `,
      when(startedAt),
      '. AWS endpoint ',
      el('code', {}, endpoint),
      '. As JSON: ',
      el('a', { href: '/api/status' }, 'status'),
      ', ',
      el('a', { href: '/api/alerts' }, 'alerts'),
      ', ',
      el('a', { href: '/api/inbox' }, 'inbox'),
      '.',
    );
  });
  store.on(['about', 'fleet'], ({ about, fleet }) => {
    const empty = byId('fleet-empty');
    if (!empty) return;
    fill(
      empty,
      fleet
        ? 'No reading yet: the fleet is starting.'
        : 'No reading yet. Start a fleet in another terminal: ',
      !fleet && el('code', {}, `npm run simulate -- ${about.flags}`),
    );
  });
  store.on(['notices'], ({ notices }) => {
    byId('notices').hidden = notices.length === 0;
    fill(
      byId('notice-list'),
      notices.map(({ level, text, at }) =>
        el(
          'li',
          {},
          el('span', { class: `badge ${level === 'error' ? 'firing' : 'recovering'}` }, level),
          ' ',
          text,
          ' ',
          el('span', { class: 'muted' }, ago(at)),
        ),
      ),
    );
  });
}
