/** The result of a backtest for people, in 80 columns. */
import { describeLength } from '../../../services/contract/duration.ts';
import { METRIC_FIELDS } from '../../../services/contract/reading.ts';
import { shownNumber } from '../../../services/contract/shown.ts';
import { clip, minuteOf, plural } from '../../cli/text.ts';
import type { Comparison } from './compare.ts';
import type { ReplayedIncident } from './replayed.ts';
import { durationMs, flappiest, longest, perRuleAndDay, totalEmails } from './summary.ts';

export interface Backtest {
  rules: { source: string; names: string[] };
  history: {
    source: string;
    readings: number;
    devices: number;
    /** Event time of the first and the last reading. */
    from: string;
    to: string;
    /** By queries, of which there are none for a file. */
    scannedBytes?: number | undefined;
  };
  incidents: ReplayedIncident[];
  /** With other rules, which are those in force unless the command line names others. */
  comparison?: (Comparison & { inForce: string }) | undefined;
  /** What a reader must know to believe it. */
  notices: string[];
}

const LISTED = 10;

export function renderBacktest({ rules, history, incidents, comparison }: Backtest): string {
  const { readings, devices, from, to } = history;
  const nameOf = deviceNames([...incidents, ...(comparison?.gone ?? [])]);
  const lineOf = (incident: ReplayedIncident) => incidentLine(incident, nameOf(incident));
  const parts = [
    `${rules.source} over ${plural(readings, 'reading')} of ${plural(devices, 'device')} from ${history.source}`,
    `${minuteOf(from)} to ${minuteOf(to)} UTC`,
    '',
    ...ruleTable(rules.names, incidents),
    '',
    ...section('Longest', longest(incidents).map(lineOf)),
    ...section(
      'Flappiest',
      flappiest(incidents).map(
        (one) =>
          `  ${cell(one.rule, 24)} ${cell(nameOf(one), 20)} ${plural(one.incidents, 'incident')}, ${describeLength(one.shortestPauseMs)} apart`,
      ),
    ),
    ...(comparison ? against(comparison, lineOf) : []),
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}

function ruleTable(names: readonly string[], incidents: readonly ReplayedIncident[]): string[] {
  const line = (rule: string, day: string, ...figures: (string | number)[]) =>
    `${cell(rule, 30)} ${day.padEnd(10)} ${figures.map((figure) => String(figure).padStart(9)).join('')}`.trimEnd();
  let before = '';
  const rows = perRuleAndDay(names, incidents).map(({ rule, day, ...of }) => {
    const name = rule === before ? '' : rule;
    before = rule;
    return line(name, day ?? '–', of.incidents, of.critical, of.open, of.emails);
  });
  const critical = incidents.filter(({ severity }) => severity === 'critical').length;
  const open = incidents.filter(({ ended_at }) => ended_at === null).length;
  return [
    line('Rule', 'Day', 'Incidents', 'critical', 'open', 'E-mails'),
    ...rows,
    line('Total', '', incidents.length, critical, open, totalEmails(incidents)),
  ];
}

type LineOf = (incident: ReplayedIncident) => string;

function against(
  { same, changed, added, gone, emails, inForce }: Comparison & { inForce: string },
  lineOf: LineOf,
): string[] {
  const change = emails.candidate - emails.inForce;
  return [
    `Against ${inForce}`,
    `  ${plural(same, 'incident')} as before, ${added.length} new, ${gone.length} gone`,
    `  ${plural(emails.candidate, 'e-mail')} instead of ${emails.inForce} (${change > 0 ? '+' : ''}${change})`,
    ...listed('New', added, lineOf),
    ...listed('Gone', gone, lineOf),
    ...listed(
      'Changed',
      changed.map(({ after }) => after),
      lineOf,
    ),
  ];
}

function listed(title: string, incidents: readonly ReplayedIncident[], lineOf: LineOf): string[] {
  if (incidents.length === 0) return [];
  const more = incidents.length - LISTED;
  const rest = more > 0 ? [`  … and ${more} more: --json lists all`] : [];
  return ['', title, ...incidents.slice(0, LISTED).map(lineOf), ...rest];
}

const section = (title: string, lines: string[]) => (lines.length === 0 ? [] : [title, ...lines, '']);

interface DeviceName {
  site_id: string;
  device_id: string;
}

/** The name of a device, with its site where another site has a device of this name. */
function deviceNames(incidents: readonly DeviceName[]): (one: DeviceName) => string {
  const sites = new Map<string, Set<string>>();
  for (const { site_id, device_id } of incidents) {
    sites.set(device_id, (sites.get(device_id) ?? new Set()).add(site_id));
  }
  return ({ site_id, device_id }) =>
    sites.get(device_id)?.size === 1 ? device_id : `${device_id}·${site_id}`;
}

function incidentLine(incident: ReplayedIncident, device: string): string {
  const { rule, started_at, ended_at, severity, metric, peak } = incident;
  const lasted = `${describeLength(durationMs(incident))}${ended_at === null ? '+' : ''}`;
  const worst = `${shownNumber(peak)} ${metric === null ? 's' : METRIC_FIELDS[metric].unit}`;
  return `  ${cell(rule, 18)} ${cell(device, 14)} ${minuteOf(started_at).slice(5)} ${lasted.padStart(11)}  ${severity.padEnd(8)} ${worst}`;
}

/** A text cut or padded to a number of characters. */
const cell = (text: string, width: number) => clip(text, width).padEnd(width);
