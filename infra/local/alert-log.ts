/** The alerts that were published, in order, over restarts: what `/api/alerts` shows and a score is computed from. */
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Alert, alertSchema } from '../../services/contract/alert.ts';
import { bodyFor, type Message } from '../emulator/sns/message.ts';

export const MAX_ALERTS = 10_000;

export interface AlertLog {
  /** Notes the alerts of a message, if it carries any. */
  append(message: Message): void;
  /** Oldest first, the last {@link MAX_ALERTS}; a repeated publication is listed twice. */
  list(): Alert[];
}

export function openAlertLog(file: string, limit = MAX_ALERTS): AlertLog {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  // A line that a crash has cut must not swallow the next one.
  if (text !== '' && !text.endsWith('\n')) appendFileSync(file, '\n');
  const lines = text.split('\n').filter(Boolean);
  let alerts = lines.flatMap(parseLine).slice(-limit);
  let linesInFile = lines.length;

  return {
    append(message) {
      const fresh = alertsOf(message);
      if (fresh.length === 0) return;
      alerts.push(...fresh);
      if (alerts.length > limit) alerts = alerts.slice(-limit);
      linesInFile += fresh.length;
      if (linesInFile > 2 * limit) {
        writeFileSync(`${file}.tmp`, toLines(alerts));
        renameSync(`${file}.tmp`, file);
        linesInFile = alerts.length;
      } else {
        appendFileSync(file, toLines(fresh));
      }
    },
    list: () => [...alerts],
  };
}

const toLines = (alerts: Alert[]) => alerts.map((alert) => `${JSON.stringify(alert)}\n`).join('');

/** The rows for the lake (protocol `firehose`, one per line) are the alerts; without them the default body may be. */
const alertsOf = (message: Message): Alert[] => bodyFor(message, 'firehose').split('\n').flatMap(parseLine);

/** A line of anything else than an alert is passed over: others may publish to the topic, and a crash may cut a line. */
function parseLine(line: string): Alert[] {
  try {
    const result = alertSchema.safeParse(JSON.parse(line));
    return result.success ? [result.data] : [];
  } catch {
    return [];
  }
}
