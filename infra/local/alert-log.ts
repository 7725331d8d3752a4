/** The alerts that were published, in order, over restarts, for `/api/alerts`. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { type Alert, alertSchema } from '../../services/contract/alert.ts';
import type { PublishedMessage } from '../emulator/base/events.ts';
import { parseJson } from '../emulator/base/parse-json.ts';
import { writeFileAtomicSync } from '../emulator/state/atomic-file.ts';

const MAX_ALERTS = 10_000;

export interface AlertLog {
  /** Adds the alerts of a message, if there are any. */
  append(message: PublishedMessage): void;
  /** Oldest first, the last {@link MAX_ALERTS}; a repeated publication is listed twice. */
  list(): Alert[];
}

/** The file is read at the first call: by then the folder exists and is locked. */
export function createAlertLog(file: string, limit = MAX_ALERTS): AlertLog {
  let kept: { alerts: Alert[]; linesInFile: number } | undefined;

  function load() {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    // The next line must not be appended to one that a crash has truncated.
    if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
    const lines = text.split('\n').filter(Boolean);
    return { alerts: lines.flatMap(parseLine).slice(-limit), linesInFile: lines.length };
  }

  return {
    append(message) {
      const fresh = alertsOf(message);
      if (fresh.length === 0) return;
      kept ??= load();
      kept.alerts.push(...fresh);
      if (kept.alerts.length > limit) kept.alerts = kept.alerts.slice(-limit);
      kept.linesInFile += fresh.length;
      if (kept.linesInFile > 2 * limit) {
        writeFileAtomicSync(file, toLines(kept.alerts));
        kept.linesInFile = kept.alerts.length;
      } else {
        appendFileSync(file, toLines(fresh));
      }
    },
    list() {
      kept ??= load();
      return [...kept.alerts];
    },
  };
}

const toLines = (alerts: Alert[]) => alerts.map((alert) => `${JSON.stringify(alert)}\n`).join('');

/** The alerts are the rows for the lake (protocol `firehose`, one per line), or else the default body. */
const alertsOf = ({ bodies, defaultBody }: PublishedMessage): Alert[] =>
  (bodies.firehose ?? defaultBody).split('\n').flatMap(parseLine);

/** Ignores other lines: others may publish to the topic, and a crash may truncate a line. */
function parseLine(line: string): Alert[] {
  const alert = parseJson(line, alertSchema);
  return alert === undefined ? [] : [alert];
}
