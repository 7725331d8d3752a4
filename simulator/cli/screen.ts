/** Output for people on stderr: 80 columns, readable without colour. */
import type { WriteStream } from 'node:tty';
import { formatNumber, plural, wrap } from '../../infra/cli/text.ts';
import { describeLength } from '../../services/contract/duration.ts';
import type { Clock } from '../clock.ts';
import type { SinkCounts } from '../sink/sink.ts';
import type { Latency, Report } from './report.ts';
import type { RunState } from './run.ts';

const whole = (n: number) => formatNumber(Math.round(n));

const COLUMNS = 80;
/** Time between two progress lines on a terminal, and elsewhere, where each line stays. */
const TERMINAL_MS = 500;
const LOG_MS = 10_000;

/** Shows the progress of a run: one line that is overwritten on a terminal, a line now and then elsewhere. */
export class LiveLine {
  private readonly out: WriteStream;
  private readonly counts: SinkCounts;
  private readonly state: RunState;
  private readonly clock: Clock;
  private timer: NodeJS.Timeout | undefined;
  private shownMs = 0;
  private shownAcked = 0;
  private shownThrottled = 0;

  constructor(out: WriteStream, counts: SinkCounts, state: RunState, clock: Clock) {
    this.out = out;
    this.counts = counts;
    this.state = state;
    this.clock = clock;
  }

  start(): void {
    this.shownMs = this.clock.elapsed();
    this.timer = setInterval(() => this.show(), this.out.isTTY ? TERMINAL_MS : LOG_MS);
    this.timer.unref();
  }

  /** Removes the line from a terminal, so that something else can be printed. */
  clear(): void {
    if (this.out.isTTY) this.out.write('\r\x1b[K');
  }

  stop(): void {
    clearInterval(this.timer);
    this.clear();
  }

  private show(): void {
    const { counts, state } = this;
    const elapsedMs = this.clock.elapsed();
    const perSecond =
      ((counts.readings.acked - this.shownAcked) / Math.max(1, elapsedMs - this.shownMs)) * 1000;
    const slowed = counts.records.throttled > this.shownThrottled;
    const line = liveLine(counts, state, this.clock.now(), perSecond, slowed);
    this.shownMs = elapsedMs;
    this.shownAcked = counts.readings.acked;
    this.shownThrottled = counts.records.throttled;
    this.out.write(this.out.isTTY ? `\r${line}\x1b[K` : `${line}\n`);
  }
}

/** A number in five characters at most: `987`, `9.88k`, `98.8k`, `988k`, `9.88M`. */
const short = (n: number) =>
  n < 999.5 ? whole(n) : n < 999_500 ? `${(n / 1e3).toPrecision(3)}k` : `${(n / 1e6).toPrecision(3)}M`;

/** `slowed`: the stream has throttled since the previous line. */
export function liveLine(
  { readings, records }: SinkCounts,
  state: RunState,
  nowMs: number,
  perSecond: number,
  slowed: boolean,
): string {
  const lagMs = Math.max(0, nowMs - state.startMs - state.nextDueMs);
  const parts = [
    readings.failed > 0
      ? `FAILED ${short(readings.failed)}`
      : `${Math.round((nowMs - state.startMs) / 1000)} s`,
    `sent ${short(readings.sent)}`,
    `acked ${short(readings.acked)}`,
    `${short(perSecond)}/s`,
    `retried ${short(records.retried)}`,
    // In capitals while it lasts, because there may be no colour.
    `${slowed ? 'THROTTLED' : 'throttled'} ${short(records.throttled)}`,
    `lag ${formatMs(lagMs)}`,
  ];
  const roomy = parts.join('  ');
  return roomy.length < COLUMNS ? roomy : parts.join(' ');
}

export function finalReport(report: Report): string {
  const { records, faults } = report;
  const rows: [string, string][] = [
    [
      'Sent',
      `${whole(report.sent)} readings${ofSimulated(report)} in ${report.seconds.toFixed(1)} s to ${report.target}`,
    ],
    [
      'Result',
      `acked ${whole(report.acked)}, failed ${whole(report.failed)}; ${whole(report.readingsPerSecond)} readings/s`,
    ],
    [
      'Records',
      `${whole(records.sent)} sent, ${whole(records.acked)} acked, ${whole(records.failed)} failed; ${whole(records.retried)} retried (${whole(records.throttled)} throttled, ${whole(records.errors)} errors)`,
    ],
    [
      'Packing',
      `${report.readingsPerRecord.toFixed(1)} readings a record, ${whole(report.bytes)} bytes, ${plural(report.payloadUnits, 'payload unit')} of 25 KB`,
    ],
  ];
  if (report.putRecords) {
    rows.push(
      ['PutRecords', `${whole(report.putRecords.calls)} calls; ${percentiles(report.putRecords.callMs)}`],
      ['From schedule', percentiles(report.putRecords.fromScheduleMs)],
    );
  }
  rows.push(['Lag', `${formatMs(report.maxLagMs)} behind schedule at most`]);
  if (report.anomalousShare > 0) {
    rows.push([
      'Anomalies',
      `${(report.anomalousShare * 100).toFixed(2)} % of device-time, ${whole(report.silent)} readings not made`,
    ]);
  }
  if (report.unbegun > 0) {
    rows.push(['Not injected', `${plural(report.unbegun, 'anomaly', 'anomalies')}: the run ended before`]);
  }
  if (Object.values(faults).some((count) => count > 0)) {
    const { late, duplicate, reorder, clockSkew, malformed } = faults;
    rows.push([
      'Faults',
      `${late} late, ${duplicate} twice, ${reorder} reordered, ${clockSkew} skewed, ${malformed} malformed`,
    ]);
  }
  const problems = records.throttled + records.errors > 0 && report.error === undefined;
  if (problems) rows.push(['Last problem', report.lastError ?? '']);
  const lines = rows.flatMap(([name, text]) => wrap(text, name.padEnd(14)));
  for (const problem of report.unwritten) lines.push(...wrap(`Incomplete: ${problem}`));
  if (report.error !== undefined) lines.push(...wrap(`Stopped: ${report.error}`));
  return `${lines.join('\n')}\n`;
}

const ofSimulated = ({ simulatedSeconds: seconds }: Report) =>
  seconds === undefined ? '' : ` of ${describeLength(seconds * 1000)}`;

const percentiles = ({ p50, p90, p99, max }: Latency) =>
  `p50 ${formatMs(p50)}, p90 ${formatMs(p90)}, p99 ${formatMs(p99)}, max ${formatMs(max)}`;

function formatMs(ms: number): string {
  if (Number.isNaN(ms)) return '–';
  if (ms >= 10_000) return `${(ms / 1000).toFixed(0)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}
