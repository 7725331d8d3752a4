/** Opens the two ends of a run from the options: the source and the target of the readings. */
import { outputsOf } from '../../infra/cli/options.ts';
import { readSeries, seriesDeviceId } from '../../infra/cli/series/series.ts';
import { openText } from '../../infra/cli/series/text.ts';
import { plural } from '../../infra/cli/text.ts';
import { UserError } from '../../infra/cli/user-error.ts';
import { describeLength, formatDuration } from '../../services/contract/duration.ts';
import { formatTimestamp } from '../../services/contract/reading.ts';
import type { TruthRun } from '../../services/contract/truth.ts';
import { systemClock } from '../clock.ts';
import { Fleet } from '../fleet.ts';
import { createFile } from '../sink/create-file.ts';
import { FileSink } from '../sink/file-sink.ts';
import { postReadings, type SiteGateway } from '../sink/gateways.ts';
import { NdjsonFile } from '../sink/ndjson-file.ts';
import type { OutageListener } from '../sink/outage.ts';
import { PutRecordsSink } from '../sink/put-records.ts';
import { sendLog } from '../sink/send-log.ts';
import type { Sink } from '../sink/sink.ts';
import { Replay } from '../source/replay.ts';
import type { Source } from '../source.ts';
import { episodeStart, episodeTruth } from '../truth.ts';
import type { ReplayOptions, SimulationOptions } from './check-options.ts';
import { tell } from './remote.ts';
import type { Timings } from './report.ts';

export interface OpenSource {
  source: Source;
  /** For people, without a full stop. */
  title: string;
  /** Completes the files beside the run. Resolves with the problem if one is not complete. */
  close(startMs: number, endMs: number): Promise<string | undefined>;
}

export interface OpenTarget {
  sink: Sink;
  title: string;
  timings: Timings | undefined;
  /** The reader, such as `head`, has closed the output, which is not a failure. */
  readonly closedByReader: boolean;
  /** The same as for the source. */
  close(): Promise<string | undefined>;
}

/** Prints a message for the user. */
type Say = (text: string) => void;

/** @param gateways of sites, to send to instead of the stream. @throws UserError */
export async function openTarget(
  options: SimulationOptions,
  say: Say,
  gateways: readonly SiteGateway[] = [],
): Promise<OpenTarget> {
  if (gateways.length > 0) return openGateways(options, gateways, say);
  return options.out === undefined ? openStream(options, say) : openFile(options.out);
}

async function openFile(path: string): Promise<OpenTarget> {
  const isStdout = path === '-';
  const title = isStdout ? 'stdout' : path;
  const sink = new FileSink(isStdout ? process.stdout : await createFile(path), title, isStdout);
  return {
    sink,
    title,
    timings: undefined,
    get closedByReader() {
      return sink.closedByReader;
    },
    close: async () => undefined,
  };
}

function openGateways(
  { retryFor }: SimulationOptions,
  gateways: readonly SiteGateway[],
  say: Say,
): OpenTarget {
  const sink = new PutRecordsSink(postReadings(gateways), systemClock, Math.random, {
    ...{ retryForMs: retryFor, ...tellOfOutages(say, retryFor) },
  });
  const title = `the ${gateways.length > 1 ? 'gateways' : 'gateway'} of ${gateways.map(({ site }) => site).join(', ')}`;
  return { sink, title, timings: sink, closedByReader: false, close: async () => undefined };
}

/** The message when a file beside the run cannot be written any more. */
const goesOn = (say: Say) => (problem: string) => say(`${problem}. The run goes on without that file.`);

async function openStream(options: SimulationOptions, say: Say): Promise<OpenTarget> {
  const outputs = await outputsOf(options);
  // Loaded only here, because a file needs no SDK.
  const stream = (await import('../sink/kinesis.ts')).openStream(outputs);
  const log = options.sendLog === undefined ? undefined : await NdjsonFile.open(options.sendLog, goesOn(say));
  const sink = new PutRecordsSink(stream.put, systemClock, Math.random, {
    retryForMs: options.retryFor,
    onSettled: log && sendLog((line) => log.writeLine(line)),
    ...tellOfOutages(say, options.retryFor),
  });
  return {
    sink,
    title: `stream ${outputs.StreamName} (${outputs.Endpoint ?? outputs.Region})`,
    timings: sink,
    closedByReader: false,
    close: async () => {
      stream.close();
      return log?.close();
    },
  };
}

const tellOfOutages = (say: Say, retryForMs: number): OutageListener => ({
  onAway: (reason) => {
    say(reason);
    say(`Trying again for ${formatDuration(retryForMs)} (--retry-for); readings wait, and keep their times.`);
  },
  onBack: (afterMs) =>
    say(
      `The stream takes records again, after ${describeLength(afterMs)}. ` +
        'What was due meanwhile follows, with its own times.',
    ),
});

/** @throws UserError */
export async function openSource(
  options: SimulationOptions,
  say: Say,
  gateways: readonly SiteGateway[] = [],
): Promise<OpenSource> {
  return options.replay ? openReplay(options, options.replay, say) : openFleet(options, say, gateways);
}

async function openFleet(
  options: SimulationOptions,
  say: Say,
  gateways: readonly SiteGateway[],
): Promise<OpenSource> {
  const { devices, intervalMs, anomalyRate, seed, truth: path } = options;
  const truth = path === undefined ? undefined : await NdjsonFile.open(path, goesOn(say));
  const fleet = new Fleet({
    ...options,
    siteNames: gateways.length > 0 ? gateways.map(({ site }) => site) : undefined,
    injectable: process.connected,
    onEpisodeBegin: (device, episode) => tell(process, episodeStart(device, episode)),
    onEpisodeEnd: (device, episode, endMs) => {
      const whole = episodeTruth(device, episode, endMs);
      truth?.write(whole);
      tell(process, whole);
    },
  });
  const anomalies =
    anomalyRate > 0 ? `, ${Number((anomalyRate * 100).toPrecision(4))} % of device-time anomalous` : '';
  const largest = fleet.sites.at(-1);
  const places = `${plural(fleet.sites.length, 'site')} (${fleet.sites[0]?.siteId}${fleet.sites.length > 1 ? ` … ${largest?.siteId}` : ''})`;
  return {
    source: fleet,
    title: `${devices} devices at ${places}, every ${formatInterval(intervalMs)}, seed ${seed}${anomalies}`,
    close: async (startMs, endMs) => {
      const line: TruthRun = {
        type: 'run',
        seed,
        devices,
        sites: fleet.sites.map((site) => ({ site_id: site.siteId, devices: site.devices })),
        interval_ms: intervalMs,
        anomaly_rate: anomalyRate,
        start: formatTimestamp(startMs),
        end: formatTimestamp(endMs),
      };
      truth?.write(line);
      return truth?.close();
    },
  };
}

/** Rounded for people: a rate can make intervals such as 300.3003003003003 ms. */
const formatInterval = (ms: number) => formatDuration(ms < 1000 ? Math.round(ms * 10) / 10 : Math.round(ms));

/** Number of skipped rows that are named one by one. */
const NAMED_ROWS = 5;

async function openReplay(options: SimulationOptions, replay: ReplayOptions, say: Say): Promise<OpenSource> {
  const { file, metric, speed } = replay;
  const series = await readSeries(await openText(file), replay.series);
  const { timesMs, notices, skipped } = series;
  for (const notice of notices) say(`${file}: ${notice}`);
  for (const { line, reason } of skipped.named.slice(0, NAMED_ROWS)) say(`${file} line ${line}: ${reason}`);
  if (skipped.count > 0) say(`Skipped ${skipped.count} of ${skipped.count + timesMs.length} rows.`);
  const [startMs = 0, endMs = 0] = [timesMs[0], timesMs.at(-1)];
  const spanMs = endMs - startMs;
  // Readings are dated by the millisecond: at a higher speed they would run ahead of the clock.
  const fastest = Math.floor(spanMs / timesMs.length);
  if (timesMs.length > 1 && speed > fastest) {
    throw UserError.misuse(`--speed: Expected at most ${fastest}x for this file, got ${speed}x`);
  }
  const source = new Replay({ ...options, ...replay, series });
  const title =
    `${timesMs.length} rows of ${file} as ${metric} of ${seriesDeviceId(file)}, ` +
    `${(spanMs / 3_600_000).toFixed(1)} h from ${formatTimestamp(startMs)} in ${(spanMs / speed / 1000).toFixed(0)} s (${speed}x)`;
  return { source, title, close: async () => undefined };
}
