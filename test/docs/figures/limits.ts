/** The limits of docs/guarantees.md, from test/prove/limits.json. Pure. */
import { markdownTable } from '../../../infra/cli/generated.ts';
import { formatNumber } from '../../../infra/cli/text.ts';
import type { Limits } from '../../prove/kept-limits.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
const whole = (n: number): string => formatNumber(Math.round(n));

interface Run {
  at: string;
  machine: string;
  verdict: { findings: string[]; figures: { sent: number } };
}

const when = ({ at, machine }: Run): string => `${machine}; ${at.slice(0, 10)}.`;

const ledger = ({ verdict: { findings, figures } }: Run): string =>
  findings.length === 0
    ? `All ${formatNumber(figures.sent)} readings were where they belong.`
    : `**Not all was as promised:** ${findings.join('; ')}.`;

/** What has not been measured yet is left out. */
export function limits({ ramp, soak, rough }: Limits): string {
  return [
    ...(ramp ? [rampTable(ramp)] : []),
    ...(soak ? [soakWords(soak)] : []),
    ...(rough ? [roughWords(rough)] : []),
  ].join('\n\n');
}

function rampTable(run: NonNullable<Limits['ramp']>): string {
  const table = markdownTable(
    ['readings/s', 'reached', 'age of a batch: median', 'highest', 'sustained'],
    run.ramp.map(({ target, reached, medianAgeMs, maxAgeMs, sustained }) => [
      ...[whole(target), whole(reached), seconds(medianAgeMs), seconds(maxAgeMs), sustained ? 'yes' : 'no'],
    ]),
    0,
  );
  return `${table}\n\n\`--ramp\`: ${when(run)} ${ledger(run)}`;
}

function soakWords(run: NonNullable<Limits['soak']>): string {
  const { figures } = run.verdict;
  return [
    `\`--soak\`, ${whole(run.readingsPerSecond)} readings a second for ${whole(run.seconds / 60)} minutes, 1 % of device time`,
    `anomalous: no batch older than ${seconds(run.maxAgeMs)}. Memory of the pipeline's process, median of each quarter:`,
    `${run.quarterMb.map(whole).join(', ')} MB. ${figures.opened} incidents opened, ${figures.resolved} resolved, ${figures.mails} mails,`,
    `${figures.repeatedMails === 0 ? 'none' : figures.repeatedMails} told again. ${ledger(run)} ${when(run)}`,
  ].join('\n');
}

function roughWords(run: NonNullable<Limits['rough']>): string {
  const troubles = Object.entries(run.troubles).map(([name, times]) => `${times} × ${name}`);
  return [
    `\`--soak --rough\`, ${whole(run.readingsPerSecond)} readings a second for ${whole(run.seconds / 60)} minutes, with`,
    `${troubles.join(', ')}${run.notHere === undefined ? '' : ` (no disk was filled: ${run.notHere})`}. ${ledger(run)} ${when(run)}`,
  ].join('\n');
}
