/** The final account of a run, also for programs. Its numbers add up. */
import type { Histogram } from '../histogram.ts';
import type { Sink, SinkCounts } from '../sink/sink.ts';
import type { SourceCounts } from '../source.ts';
import type { RunState } from './run.ts';

export interface Latency {
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

export interface Report {
  /** The target of the readings. */
  target: string;
  seconds: number;
  /** Of `--fast`: how long the readings would have taken. */
  simulatedSeconds?: number;
  /** Readings that devices made, and those that silent devices did not make. */
  made: number;
  silent: number;
  /** Readings that were sent: `made` and the duplicates. Each is `acked` or `failed`, malformed ones included. */
  sent: number;
  acked: number;
  failed: number;
  readingsPerSecond: number;
  records: SinkCounts['records'];
  /** Acknowledged readings per record, and bytes of record payload. */
  readingsPerRecord: number;
  bytes: number;
  payloadUnits: number;
  /** Share of device-time inside an anomaly. */
  anomalousShare: number;
  /** Injections that the run did not reach. */
  unbegun: number;
  faults: SourceCounts['faults'];
  maxLagMs: number;
  /** Only for a stream: from the call, and from when a record was due, which includes all waiting. */
  putRecords: { calls: number; callMs: Latency; fromScheduleMs: Latency } | undefined;
  /** The last reason why a record was not accepted at first. */
  lastError: string | undefined;
  /** Why the run ended early. */
  error: string | undefined;
  /** Which of the files beside the run could not be written, and why. */
  unwritten: string[];
}

/** Durations of calls. */
export interface Timings {
  callMs: Histogram;
  fromScheduleMs: Histogram;
}

/** Everything that is known at the end of a run. */
export interface Ended {
  target: string;
  source: SourceCounts;
  sink: Sink;
  state: RunState;
  nowMs: number;
  /** How long a fast run really took; of others, its own clock says it. */
  tookMs?: number | undefined;
  timings: Timings | undefined;
  error: string | undefined;
  unwritten: string[];
}

export function buildReport(ended: Ended): Report {
  const { target, source, sink, state, nowMs, tookMs, timings, error, unwritten } = ended;
  const { readings, records, bytes, payloadUnits } = sink.counts;
  const simulatedSeconds = (nowMs - state.startMs) / 1000;
  const seconds = tookMs === undefined ? simulatedSeconds : tookMs / 1000;
  const moments = source.made + source.silent;
  return {
    target,
    seconds,
    ...(tookMs !== undefined && { simulatedSeconds }),
    made: source.made,
    silent: source.silent,
    ...readings,
    readingsPerSecond: seconds > 0 ? readings.acked / seconds : 0,
    records: { ...records },
    readingsPerRecord: records.acked > 0 ? readings.acked / records.acked : 0,
    bytes,
    payloadUnits,
    anomalousShare: moments > 0 ? source.anomalous / moments : 0,
    unbegun: source.unbegun ?? 0,
    faults: { ...source.faults },
    maxLagMs: state.maxLagMs,
    putRecords:
      timings && timings.callMs.count > 0
        ? {
            calls: timings.callMs.count,
            callMs: latency(timings.callMs),
            fromScheduleMs: latency(timings.fromScheduleMs),
          }
        : undefined,
    lastError: sink.lastError,
    error,
    unwritten,
  };
}

const latency = (histogram: Histogram): Latency => ({
  p50: histogram.quantile(0.5),
  p90: histogram.quantile(0.9),
  p99: histogram.quantile(0.99),
  max: histogram.max,
});

/** 0: everything made was acknowledged, and all files are complete. 1: not everything, or the run had to stop. */
export const exitCode = ({ failed, error, unwritten }: Report): number =>
  failed > 0 || error !== undefined || unwritten.length > 0 ? 1 : 0;
