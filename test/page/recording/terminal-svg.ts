/** A terminal that plays what was recorded: an SVG that moves by CSS alone, so that it does so inside a README, too. */
import type { Line, Stretch } from './terminal.ts';

const ROWS = 24;
const COLUMNS = 80;
const CHARACTER = 7.8;
const ROW = 18;
const PADDING = 14;
/** How long the last line stays before it begins again. */
const END_MS = 6_000;

const STYLES = `
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #d7dae0; white-space: pre }
  .bold { font-weight: 700; fill: #fff }
  .dim { fill: #8b93a1 }
  .red { fill: #ff7b72 }
  .green { fill: #7ee787 }
  .yellow { fill: #e3b341 }
  .cyan { fill: #79c0ff }`;

/** @param title what a screen reader says */
export function terminalSvg(lines: readonly Line[], title: string): string {
  const width = Math.ceil(COLUMNS * CHARACTER + 2 * PADDING);
  const height = ROWS * ROW + 2 * PADDING;
  const lasts = (lines.at(-1)?.at ?? 0) + END_MS;
  const moments = [...new Set(lines.map(({ at }) => at))];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>${STYLES}
  .roll { animation: roll ${seconds(lasts)} steps(1) infinite }
  @keyframes roll { ${rolling(lines, moments, lasts)} }
${moments.map((at, i) => appearing(at, i, lasts)).join('\n')}
  @media (prefers-reduced-motion: reduce) { g, text { animation: none !important; opacity: 1 !important } .roll { transform: translateY(${-scrolled(lines.length)}px) } }
</style>
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<svg x="${PADDING}" y="${PADDING}" width="${width - 2 * PADDING}" height="${ROWS * ROW}"><g class="roll">
${lines.map((line, row) => textOf(line, row, moments.indexOf(line.at))).join('\n')}
</g></svg>
</svg>
`;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)}s`;
const percent = (ms: number, lasts: number): string => `${((ms / lasts) * 100).toFixed(2)}%`;
const scrolled = (count: number): number => Math.max(0, count - ROWS) * ROW;

/** Where the sheet of lines stands from each moment on. */
function rolling(lines: readonly Line[], moments: readonly number[], lasts: number): string {
  const stops = moments.map((at) => {
    const count = lines.filter((line) => line.at <= at).length;
    return `${percent(at, lasts)} { transform: translateY(${-scrolled(count)}px) }`;
  });
  return ['0% { transform: translateY(0) }', ...stops].join(' ');
}

const appearing = (at: number, i: number, lasts: number): string =>
  `  .at${i} { animation: a${i} ${seconds(lasts)} steps(1) infinite } @keyframes a${i} { 0% { opacity: 0 } ${percent(Math.max(at, 1), lasts)} { opacity: 1 } }`;

function textOf({ stretches }: Line, row: number, moment: number): string {
  const y = (row + 0.75) * ROW;
  return `<text class="at${moment}" y="${y}" textLength="${textLength(stretches)}">${stretches.map(spanOf).join('')}</text>`;
}

/** Holds the columns where the reader's font is of another width. */
const textLength = (stretches: readonly Stretch[]): number =>
  Math.round(stretches.reduce((sum, { text }) => sum + [...text].length, 0) * CHARACTER);

const spanOf = ({ text, styles }: Stretch): string =>
  styles.length === 0 ? escaped(text) : `<tspan class="${styles.join(' ')}">${escaped(text)}</tspan>`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
