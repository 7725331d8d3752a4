// A picture of a result where it has one: numbers over time as lines, numbers by name as bars.
import { colour } from './colours.js';
import { el, fill } from './dom.js';
import { clock, moment } from './format.js';

const TIME = /^\d{4}-\d\d-\d\d[ T]\d\d/;
const MAX_BARS = 30;
const MAX_SERIES = 6;
const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [1, 4]];

/** @returns an element, or false where there is nothing to draw */
export function resultChart(columns, rows, isNumber) {
  const numbers = columns.flatMap((_, i) => (isNumber[i] ? [i] : []));
  if (numbers.length === 0 || rows.length < 2) return false;
  const time = columns.findIndex((_, i) => !isNumber[i] && rows.every((row) => TIME.test(row[i] ?? '')));
  const names = columns.findIndex((_, i) => !isNumber[i] && i !== time);
  const ordered = time >= 0 && new Set(rows.map((row) => row[time])).size === rows.length;
  if (ordered && (names < 0 || new Set(rows.map((row) => row[names])).size === 1))
    return lines(columns, rows, time, numbers);
  if (names >= 0 && rows.length <= MAX_BARS) return bars(columns, rows, names, numbers);
  return false;
}

const toSeconds = (text) =>
  Date.parse(
    `${text
      .slice(0, 23)
      .replace(' ', 'T')
      .replace(/T(\d\d)$/, 'T$1:00')
      .replace(/ .*$/, '')}Z`,
  ) / 1000;

function lines(columns, rows, time, numbers) {
  const sorted = rows.map((row) => [toSeconds(row[time]), row]).sort((a, b) => a[0] - b[0]);
  const wanted = numbers.filter((i) => !/^(seq|.*_id)$/.test(columns[i].name)).slice(0, MAX_SERIES);
  if (wanted.length === 0 || sorted.some(([second]) => Number.isNaN(second))) return false;
  const strokes = ['--accent', '--bad', '--warn', '--good', '--truth', '--muted'];
  const box = el('figure', {
    class: 'chart',
    role: 'img',
    'aria-label': `${wanted.map((i) => columns[i].name).join(', ')} over time; the table below has the values`,
  });
  const axis = {
    stroke: () => colour('--muted'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui',
  };
  let plot;
  new ResizeObserver(() => {
    const width = box.clientWidth;
    if (!box.isConnected || width === 0) return;
    if (plot) return plot.setSize({ width, height: 220 });
    plot = new uPlot(
      {
        width,
        height: 220,
        padding: [10, 36, 0, 0],
        cursor: { drag: { x: false, y: false } },
        series: [
          { value: (_, second) => (second == null ? '' : clock(second * 1000)) },
          ...wanted.map((i, n) => ({
            label: columns[i].name,
            stroke: () => colour(strokes[n]),
            dash: DASHES[n],
            width: 1.5,
          })),
        ],
        axes: [
          {
            ...axis,
            size: 34,
            space: 120,
            values: (_, splits) => splits.map((second) => moment(second * 1000)),
          },
          { ...axis, size: 52 },
        ],
      },
      [
        sorted.map(([second]) => second),
        ...wanted.map((i) => sorted.map(([, row]) => (row[i] === null ? null : Number(row[i])))),
      ],
      box,
    );
  }).observe(box);
  return box;
}

function bars(columns, rows, names, numbers) {
  const list = el('ul', { class: 'bars' });
  const draw = (chosen) => {
    const values = rows.map((row) => Number(row[chosen] ?? 0));
    const most = Math.max(...values.map(Math.abs), Number.MIN_VALUE);
    fill(
      list,
      rows.map((row, r) => {
        const bar = el('span', { class: 'bar' });
        bar.style.width = `${(100 * Math.abs(values[r])) / most}%`;
        return el(
          'li',
          {},
          el('span', { class: 'name' }, row[names] ?? 'NULL'),
          el('span', { class: 'track' }, bar),
          el('span', { class: 'value' }, row[chosen] ?? 'NULL'),
        );
      }),
    );
  };
  const start = numbers.find((i) => /max|avg|peak|lost|minutes/.test(columns[i].name)) ?? numbers[0];
  const select = el(
    'select',
    { 'aria-label': 'Column to draw', onchange: (event) => draw(Number(event.target.value)) },
    numbers.map((i) => el('option', { value: i, selected: i === start }, columns[i].name)),
  );
  draw(start);
  return el('div', { class: 'bar-chart' }, el('label', {}, 'Chart of ', select), list);
}
