// Charts of a query result: numbers over time as lines, numbers by name as bars.
import { AXIS_HEIGHT, inZone } from './chart-frame.js';
import { axisStyle, colour, textScale } from './colours.js';
import { el, fillEach, select } from './dom.js';
import { axisTimes, axisValue, moment } from './format.js';

/** @import { QueryAnswer } from '../page-answers.ts' */
/** @typedef {QueryAnswer['columns']} Columns */
/** @typedef {QueryAnswer['rows']} Rows */

const TIME = /^\d{4}-\d\d-\d\d[ T]\d\d/;
const MAX_BARS = 30;
/** The shortest bar, as a share of the longest, of a chart that is worth its place. */
const SHORTEST_BAR = 0.7;
const HEIGHT = 220;
/** The style of each series; further series are not drawn. */
const STYLES = [
  { stroke: '--accent', dash: [] },
  { stroke: '--bad', dash: [6, 3] },
  { stroke: '--warn', dash: [2, 3] },
  { stroke: '--good', dash: [8, 3, 2, 3] },
  { stroke: '--truth', dash: [12, 4] },
  { stroke: '--muted', dash: [1, 4] },
];

/**
 * @param {Columns} columns @param {Rows} rows @param {boolean[]} isNumber by column
 * @returns an element, or false where there is nothing to draw
 */
export function resultChart(columns, rows, isNumber) {
  const numbers = columns.map((_, i) => i).filter((i) => isNumber[i]);
  if (numbers.length === 0 || rows.length < 2) return false;
  const time = columns.findIndex((_, i) => !isNumber[i] && rows.every((row) => TIME.test(row[i] ?? '')));
  const texts = columns.map((_, i) => i).filter((i) => i !== time && columns[i]?.type === 'varchar');
  /** @param {number} column */
  const distinct = (column) => new Set(rows.map((row) => row[column])).size;
  const isSeries = time >= 0 && distinct(time) === rows.length && texts.every((i) => distinct(i) === 1);
  if (isSeries) return lines(columns, rows, time, numbers);
  const telling = numbers.filter((i) => isTelling(rows.map((row) => Number(row[i] ?? 0))));
  if (texts.length > 0 && telling.length > 0 && rows.length <= MAX_BARS)
    return bars(columns, rows, namesOf(columns, texts), telling);
  return false;
}

/** Bars that are all about as long say nothing that the table does not. @param {number[]} values */
const isTelling = (values) =>
  Math.min(...values.map(Math.abs)) <= SHORTEST_BAR * Math.max(...values.map(Math.abs));

/**
 * Columns that name a row: a device is one of its site.
 * @param {Columns} columns @param {number[]} texts columns
 */
function namesOf(columns, texts) {
  const identity = texts.filter((i) => /^(device|site)_id$/.test(columns[i]?.name ?? ''));
  return identity.length === 2 ? identity : texts.slice(0, 1);
}

/** @param {string} text such as `2026-01-31 09`, `2026-01-31 09:30:00.123 UTC` */
function toSeconds(text) {
  const iso = text.slice(0, 23).replace(' ', 'T').replace(/ .*$/, '');
  return Date.parse(`${iso.replace(/T(\d\d)$/, 'T$1:00')}Z`) / 1000;
}

/**
 * @param {Columns} columns @param {Rows} rows @param {number} time column @param {number[]} numbers columns
 */
function lines(columns, rows, time, numbers) {
  const sorted = rows
    .map((row) => ({ second: toSeconds(row[time] ?? ''), row }))
    .sort((a, b) => a.second - b.second);
  const series = numbers
    .map((index) => ({ index, name: columns[index]?.name ?? '' }))
    .filter(({ name }) => !/^(seq|.*_id)$/.test(name))
    .slice(0, STYLES.length);
  if (series.length === 0 || sorted.some(({ second }) => Number.isNaN(second))) return false;
  const names = series.map(({ name }) => name);
  const box = el('figure.chart', {
    role: 'img',
    'aria-label': `${names.join(', ')} over time; the table below has the values`,
  });
  const values = series.map(({ index }) =>
    sorted.map(({ row }) => (row[index] == null ? null : Number(row[index]))),
  );
  plotWhenShown(box, names, [sorted.map(({ second }) => second), ...values]);
  return box;
}

/**
 * Draws as soon as the box has a width, and again whenever that changes.
 * @param {HTMLElement} box @param {string[]} names of the series @param {uPlot.AlignedData} data
 */
function plotWhenShown(box, names, data) {
  /** @type {uPlot | undefined} */
  let plot;
  new ResizeObserver(() => {
    const width = box.clientWidth;
    if (!box.isConnected || width === 0) return;
    if (plot) plot.setSize({ width, height: HEIGHT });
    else plot = new uPlot(plotOptions(width, names), data, box);
  }).observe(box);
}

/** @type {(width: number, names: string[]) => uPlot.Options} */
const plotOptions = (width, names) => ({
  width,
  height: HEIGHT,
  ...inZone,
  padding: [10, 36, 0, 0],
  cursor: { drag: { x: false, y: false } },
  series: [
    { value: (_, second) => (second == null ? '' : moment(second * 1000)) },
    ...STYLES.slice(0, names.length).map(({ stroke, dash }, n) => ({
      label: names[n],
      stroke: () => colour(stroke),
      dash,
      width: 1.5,
    })),
  ],
  axes: [
    {
      ...axisStyle,
      size: AXIS_HEIGHT,
      space: 120 * textScale,
      values: (_, splits) => axisTimes(splits),
    },
    { ...axisStyle, size: 52 * textScale, values: (_, splits) => splits.map(axisValue) },
  ],
});

/**
 * @param {Columns} columns @param {Rows} rows @param {number[]} names columns
 * @param {number[]} numbers columns, of which one is drawn
 */
function bars(columns, rows, names, numbers) {
  const list = el('ul.bars');
  /** @param {number} chosen */
  const draw = (chosen) => {
    const values = rows.map((row) => Number(row[chosen] ?? 0));
    const most = Math.max(...values.map(Math.abs), Number.MIN_VALUE);
    fillEach(list, rows, (row, r) =>
      bar(nameOfRow(row), row[chosen], (100 * Math.abs(values[r] ?? 0)) / most),
    );
  };
  /** @param {number} i */
  const nameOf = (i) => columns[i]?.name ?? '';
  /** @param {Rows[number]} row */
  const nameOfRow = (row) => names.map((i) => row[i] ?? 'NULL').join(' · ');
  const start = numbers.find((i) => /max|avg|peak|lost|minutes/.test(nameOf(i))) ?? numbers[0] ?? 0;
  const column = select(
    'Column to draw',
    numbers.map((i) => [i, nameOf(i)]),
    { chosen: start, onChosen: (value) => draw(Number(value)) },
  );
  draw(start);
  return el('div.bar-chart', el('label', 'Chart of ', column), list);
}

/** @type {(name: string, value: string | null | undefined, percent: number) => HTMLElement} */
function bar(name, value, percent) {
  const filled = el('span.bar');
  filled.style.width = `${percent}%`;
  return el('li', el('span.name', name), el('span.track', filled), el('span.value', value ?? 'NULL'));
}
