/** The alerts that were published, in order, over restarts, for `/api/alerts`. */
import { type Alert, alertSchema } from '../../services/contract/alert.ts';
import type { EventBus, PublishedMessage } from '../emulator/base/events.ts';
import { counted, lossNotice } from '../emulator/base/loss.ts';
import { parseJson } from '../emulator/base/parse-json.ts';
import { whyNotWritten } from '../emulator/state/disk-problem.ts';
import { EntryFile, readEntries, splitLines } from '../emulator/state/entry-file.ts';

const MAX_ALERTS = 10_000;

interface AlertLog {
  /** Adds the alerts of a message, if there are any. */
  append(message: PublishedMessage): void;
  /** Oldest first, the last {@link MAX_ALERTS}; a repeated publication is listed twice. */
  list(): Alert[];
}

interface Kept {
  alerts: Alert[];
  file: EntryFile;
  linesInFile: number;
  /** Published, and not in the file yet. */
  unwritten: Alert[];
  /** The last write failed. */
  failing: boolean;
}

/**
 * The file is looked at when something is first appended or listed: by then the folder is there, and ours. When it cannot
 * be written, alerts are sent all the same, kept in memory, and written with the next one.
 */
export function createAlertLog(path: string, limit = MAX_ALERTS, bus?: EventBus): AlertLog {
  let kept: Kept | undefined;

  function load(): Kept {
    const { entries, lost } = readEntries(path, splitLines);
    if (lost > 0) {
      const advice = 'The table alerts in the lake still has them.';
      bus?.publish(lossNotice(`${counted(lost, 'alert')} of the list`, `${path} was damaged`, advice));
    }
    const alerts = entries.flatMap((line) => parseLine(line.toString())).slice(-limit);
    // The next write replaces the file, and gives each of its lines a place in the index.
    const linesInFile = Number.POSITIVE_INFINITY;
    const state = { alerts, file: new EntryFile(path), linesInFile, unwritten: [], failing: false };
    if (lost > 0) tryToWrite(state);
    return state;
  }

  function write(state: Kept): void {
    const { file, alerts, unwritten } = state;
    if (state.linesInFile + unwritten.length > 2 * limit) {
      file.replace(toLines(alerts));
      state.linesInFile = alerts.length;
    } else {
      file.append(toLines(unwritten));
      state.linesInFile += unwritten.length;
    }
    state.unwritten = [];
  }

  function tryToWrite(state: Kept): void {
    try {
      write(state);
      state.failing = false;
    } catch (error) {
      if (state.failing) return;
      state.failing = true;
      const text = `${path} cannot be written: ${whyNotWritten(error)}. The list of alerts is in memory until it can; alerts are sent all the same.`;
      bus?.warn(text);
    }
  }

  return {
    append(message) {
      const fresh = alertsOf(message);
      if (fresh.length === 0) return;
      kept ??= load();
      kept.alerts = [...kept.alerts, ...fresh].slice(-limit);
      kept.unwritten = [...kept.unwritten, ...fresh].slice(-limit);
      tryToWrite(kept);
    },
    list() {
      kept ??= load();
      return [...kept.alerts];
    },
  };
}

const toLines = (alerts: Alert[]) => alerts.map((alert) => Buffer.from(`${JSON.stringify(alert)}\n`));

/** The alerts are the rows for the lake (protocol `firehose`, one per line), or else the default body. */
const alertsOf = ({ bodies, defaultBody }: PublishedMessage): Alert[] =>
  (bodies.firehose ?? defaultBody).split('\n').flatMap(parseLine);

/** Ignores other lines: others may publish to the topic, and a crash may truncate a line. */
function parseLine(line: string): Alert[] {
  const alert = parseJson(line, alertSchema);
  return alert === undefined ? [] : [alert];
}
