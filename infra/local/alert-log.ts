/** The alerts that were published, in order, over restarts: what `/api/alerts` shows and a score is computed from. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Alert, alertSchema } from '../../services/contract/alert.ts';
import type { PublishedMessage } from '../emulator/base/events.ts';

const MAX_ALERTS = 10_000;

export interface AlertLog {
  /** Notes the alerts of a message, if it carries any. */
  append(message: PublishedMessage): void;
  /** Oldest first, the last {@link MAX_ALERTS}; a repeated publication is listed twice. */
  list(): Alert[];
}

/** The file is looked at when something is first appended or listed: by then the folder is there, and ours. */
export function createAlertLog(file: string, limit = MAX_ALERTS): AlertLog {
  let kept: { alerts: Alert[]; linesInFile: number } | undefined;

  function load() {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    // A line that a crash has cut must not swallow the next one.
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
        writeFileSync(`${file}.tmp`, toLines(kept.alerts));
        renameSync(`${file}.tmp`, file);
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

/** The rows for the lake (protocol `firehose`, one per line) are the alerts; without them the default body may be. */
const alertsOf = ({ bodies, defaultBody }: PublishedMessage): Alert[] =>
  (bodies.firehose ?? defaultBody).split('\n').flatMap(parseLine);

/** A line of anything else than an alert is passed over: others may publish to the topic, and a crash may cut a line. */
function parseLine(line: string): Alert[] {
  try {
    const result = alertSchema.safeParse(JSON.parse(line));
    return result.success ? [result.data] : [];
  } catch {
    return [];
  }
}
