/** The tables of docs/scale.md, which the command also prints. Pure. */
import { markdownTable, type Parts } from '../../cli/generated.ts';
import { formatBytes, formatNumber } from '../../cli/text.ts';
import { dollars } from '../cost/output.ts';
import { LIMITS } from './limits.ts';
import { type Load, loadsOf, reachOf, type Scale } from './loads.ts';
import type { Size } from './sizes.ts';
import type { StreamRun } from './stream.ts';
import { steadyTurns, type TurnsRun, turnsAtOnce } from './turns.ts';

/** Three digits are all that such a model knows. */
function about(value: number): string {
  if (value === 0) return '0';
  if (value >= 1000) return formatNumber(Number(value.toPrecision(3)));
  return String(Number(value.toPrecision(value >= 10 ? 3 : 2)));
}
const percent = (share: number) => `${about(share * 100)} %`;
const seconds = (value: number) => `${about(value)} s`;
const hours = (value: number) => (value < 1 ? `${about(value * 60)} min` : `${about(value)} h`);
const bytes = (value: number) => formatBytes(Math.round(value));
function amount(value: number, unit: string): string {
  if (unit.startsWith('bytes')) return `${bytes(value)}${unit.slice('bytes'.length)}`;
  return `${about(value)} ${value === 1 ? unit.replace(/s$/, '') : unit}`;
}

/** A shard that gets more than it takes has a backlog that grows for as long as one looks. */
const waiting = ({ fullestShard, longestWaitSeconds }: StreamRun) =>
  fullestShard > 1 ? 'ever longer' : seconds(longestWaitSeconds);

type Row = readonly [what: string, of: (size: Size) => string];

const ROWS: readonly Row[] = [
  ['sites', ({ sites }) => formatNumber(sites)],
  ['readings/s', ({ bill }) => about(bill.traffic.readingsPerSecond)],
  [
    'into the stream',
    ({ bill: { traffic } }) => `${bytes(traffic.recordsPerSecond * traffic.recordBytes)}/s`,
  ],
  ['shards: needed', ({ shards }) => formatNumber(shards.needed)],
  ['shards with one reading per record', ({ unpackedShards }) => formatNumber(unpackedShards)],
  ['**as deployed**: puts throttled', ({ deployed }) => percent(deployed.throttledShare)],
  ['a record waits at its gateway, at most', ({ deployed }) => waiting(deployed)],
  ['**with those shards**: puts throttled', ({ needed }) => percent(needed.throttledShare)],
  ['load of the fullest shard', ({ needed }) => percent(needed.fullestShard)],
  ['**all gateways at once**: puts throttled', ({ together }) => percent(together.throttledShare)],
  ['a record waits at its gateway, at most', ({ together }) => waiting(together)],
  [
    'judged after: median, 99 %',
    ({ needed: { ageSeconds: age } }) => `${about(age.median)}, ${seconds(age.p99)}`,
  ],
  ['invocations at once', ({ needed }) => about(needed.invocationsAtOnce)],
  ['an hour of backlog is worked off in', ({ catchUpHours }) => hours(catchUpHours.alone)],
  ['the same if delivery was down too', ({ catchUpHours }) => hours(catchUpHours.both)],
  ['messages to people', ({ messagesPerSecond }) => `${about(messagesPerSecond * 60)}/min`],
  ['lake grows by, a day', ({ lake }) => bytes(lake.dayBytes)],
  ['files a day', ({ lake }) => about(lake.filesPerDay)],
  ['night reads', ({ lake }) => bytes(lake.nightBytes)],
  ['first bottleneck', ({ first }) => standing(first)],
  ['after more shards', ({ next }) => standing(next)],
  ['a month', ({ bill }) => dollars(bill.total)],
  ['per million readings', ({ bill }) => `$${bill.perMillion.toFixed(4)}`],
];

const standing = (load: Load) => `${load.what}: ${percent(load.used / load.limit)}`;

const sizesTable = (sizes: readonly Size[]) =>
  markdownTable(
    ['devices', ...sizes.map(({ scale }) => formatNumber(scale.fleet.devices))],
    ROWS.map(([what, of]) => [what, ...sizes.map(of)]),
  );

function reachTable(scale: Scale): string {
  const rows = loadsOf(scale)
    .map((load) => ({ load, reach: reachOf(scale, load.what) }))
    .sort((a, b) => a.reach - b.reach)
    .map(({ load, reach }) => [
      ...[load.what, load.help, `${amount(load.limit, load.unit)}${load.of === 'ours' ? ' (ours)' : ''}`],
      Number.isFinite(reach) ? about(reach) : 'never',
    ]);
  return markdownTable(['load', 'what happens then, and what helps', 'limit', 'reached at devices'], rows, 2);
}

function turnsTable(): string {
  const row = (what: string, { wanted, taken, conflicts, sentAway, wait }: TurnsRun) => [
    ...[what, formatNumber(wanted), formatNumber(taken), formatNumber(conflicts), formatNumber(sentAway)],
    seconds(wait),
  ];
  return markdownTable(
    ['who wants a turn', 'wanted', 'taken', 'conflicts', 'come again later', 'mean wait'],
    [
      ...[1, 3, 4, 10].map((n) => row(`${n} a second, ten minutes long`, steadyTurns(n))),
      ...[10, 50, 500].map((n) => row(`${n} environments within one second`, turnsAtOnce(n))),
    ],
  );
}

const SURE = { documented: 'read there', secondary: 'read elsewhere', recalled: 'from memory' } as const;

const limitsTable = () =>
  markdownTable(
    ['service', 'limit', 'raised', 'page', 'how sure', 'value'],
    Object.values(LIMITS).map(({ service, what, value, unit, raised, page, confidence }) => [
      ...[service, what, raised, `[${page.split('/').at(-1)?.replace('.html', '')}](${page})`],
      ...[SURE[confidence], amount(value, unit)],
    ]),
    5,
  );

/** @param scale of any of the sizes: all are alike but for their devices */
export const tablesOf = (sizes: readonly Size[], scale: Scale): Parts => ({
  sizes: sizesTable(sizes),
  reach: reachTable(scale),
  turns: turnsTable(),
  limits: limitsTable(),
});
