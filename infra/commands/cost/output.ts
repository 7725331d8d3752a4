/** A bill as text of at most 80 columns. Pure. */
import { minuteOf, wrap } from '../../cli/text.ts';
import type { Turn } from './advice.ts';
import type { Bill, Item } from './bill.ts';
import type { MeasuredRow } from './measured.ts';
import { PRICED_REGION, PRICES_AS_OF } from './prices.ts';
import type { WayIn } from './ways-in.ts';

export interface Report {
  bill: Bill;
  /** The bill of the same fleet, packed if this one is not, and vice versa. */
  other: Bill;
  turns: Turn[];
  remarks: string[];
  ways: WayIn[];
  measured: { rows: MeasuredRow[]; readings: number; endedAt: string } | undefined;
}

export function render({ bill, other, turns, remarks, ways, measured }: Report): string {
  const free = bill.items.reduce((sum, { freeUsd }) => sum + freeUsd, 0);
  const [largest] = [...bill.items].sort((a, b) => b.usd - a.usd);
  const lines = [
    ...heading(bill),
    '',
    ...table(bill.items),
    row('total', 'a month', '', dollars(bill.total)),
    row('', 'per million readings', '', perMillion(bill)),
    '',
    ...wrap(
      `Most of it: ${largest?.service} ${largest?.what}, ${percent((largest?.usd ?? 0) / bill.total)}.`,
    ),
    ...wrap(
      `${bill.fleet.packed ? 'One reading per record' : 'Packed by site'} would cost ${dollars(other.total)} a month, ${perMillion(other)} per million.`,
    ),
    ...wrap(
      `Not taken off: up to ${dollars(free)} of free tier, where nothing else in the account uses it. Not in it: your queries, data transfer.`,
    ),
    ...remarks.flatMap((remark) => ['', ...wrap(remark)]),
  ];
  if (turns.length > 0) {
    lines.push('', 'What to turn, each by itself');
    for (const { what, saves } of turns) lines.push(...wrap(what, `  ${dollars(-saves).padStart(9)}  `));
  }
  lines.push('', 'On top, for the way of the sites to the stream (docs/edge.md)');
  for (const { way, usd } of ways) lines.push(...wrap(way, `  ${dollars(usd).padStart(9)}  `));
  if (measured) lines.push('', ...measuredTable(measured));
  return `${lines.join('\n')}\n`;
}

function heading({ fleet, readingsPerMonth }: Bill): string[] {
  const how = fleet.packed ? `packed, ${fleet.devicesPerSite} devices a site` : 'one reading per record';
  return wrap(
    `${count(fleet.devices)} devices every ${fleet.intervalSeconds} s, ${how}: ${count(readingsPerMonth / 1e6)} million readings of ${fleet.readingBytes} bytes a month. ${PRICED_REGION}, list prices of ${PRICES_AS_OF}: check them before you rely on them.`,
  );
}

/** Items grouped by service, the most expensive service first. */
function table(items: readonly Item[]): string[] {
  const services = new Map<string, Item[]>();
  for (const item of items) services.set(item.service, [...(services.get(item.service) ?? []), item]);
  const sum = (group: readonly Item[]) => group.reduce((total, { usd }) => total + usd, 0);
  const groups = [...services].sort(([, a], [, b]) => sum(b) - sum(a));
  return [
    row('', '', 'quantity', 'USD'),
    ...groups.flatMap(([service, group]) =>
      group
        .toSorted((a, b) => b.usd - a.usd)
        .map(({ what, quantity, usd }, i) =>
          row(i === 0 ? service : '', what, count(quantity), dollars(usd)),
        ),
    ),
  ];
}

const row = (service: string, what: string, quantity: string, usd: string) =>
  `  ${service.padEnd(11)} ${what.padEnd(22)} ${quantity.padStart(18)} ${usd.padStart(12)}`.trimEnd();

function measuredTable({ rows, readings, endedAt }: NonNullable<Report['measured']>): string[] {
  return [
    ...wrap(
      `Measured in the last local session (${count(readings)} readings, ended ${minuteOf(endedAt)} UTC), per million readings of such a session`,
    ),
    ...rows.map(({ what, calls, perMillion: each, usd }) =>
      row('', what, `${count(calls)} → ${count(each)}`, dollars(usd)),
    ),
  ];
}

export const dollars = (usd: number): string => {
  const digits = Math.abs(usd) >= 1000 ? 0 : 2;
  const text = Math.abs(usd).toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${usd < 0 ? '−' : ''}$${text}`;
};
const perMillion = (bill: Bill) => `$${bill.perMillion.toFixed(4)}`;
const percent = (share: number) => `${Math.round(share * 100)} %`;
const count = (value: number) =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });
