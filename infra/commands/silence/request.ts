/** A silence from what was typed. Pure, but for the user's name. */
import { userInfo } from 'node:os';
import { parseDuration } from '../../../services/contract/duration.ts';
import type { Silence } from '../../../services/contract/silence-schema.ts';
import { SEVERITIES } from '../../../services/contract/threshold.ts';
import { explainTime, formatTimestamp, instantMs, isTime } from '../../../services/contract/time.ts';
import { comesBetween, isZone, parseWeekly } from '../../../services/contract/weekly.ts';
import { UserError } from '../../cli/user-error.ts';

/** What was typed of a silence. */
export interface Asked {
  site?: string[];
  device?: string[];
  rule?: string[];
  severity?: string[];
  /** Ms. */
  for?: number;
  from?: string;
  until?: string;
  weekly?: string;
  zone?: string;
  comment?: string;
  by?: string;
}

/** @throws UserError, a misuse */
export function silenceOf(asked: Asked, nowMs: number): Omit<Silence, 'id'> {
  const { site: sites, device: devices, rule: rules, severity: severities, comment, by } = asked;
  const matchers = { sites, devices, rules, severities };
  if (Object.values(matchers).every((list) => list === undefined)) {
    throw UserError.misuse('Expected what to be silent about: --site, --device, --rule or --severity');
  }
  const odd = severities?.find((one) => !(SEVERITIES as readonly string[]).includes(one));
  if (odd !== undefined) {
    throw UserError.misuse(`Expected --severity, one of ${SEVERITIES.join(', ')}, got "${odd}"`);
  }
  if (!comment?.trim()) throw UserError.misuse('Expected --comment: why nobody is to be told');
  return {
    matchers: JSON.parse(JSON.stringify(matchers)),
    ...timesOf(asked, nowMs),
    ...{ author: by ?? userInfo().username, comment, created_at: formatTimestamp(nowMs) },
  };
}

function timesOf(asked: Asked, nowMs: number): Pick<Silence, 'starts_at' | 'ends_at' | 'weekly'> {
  const { for: forMs, from, until } = asked;
  const weekly = weeklyOf(asked);
  if (forMs !== undefined && until !== undefined)
    throw UserError.misuse('Expected --for or --until, got both');
  const startMs = from === undefined ? nowMs : timeOf('--from', from, nowMs);
  const endMs = until === undefined ? forMs && startMs + forMs : timeOf('--until', until, nowMs);
  if (endMs === undefined && weekly === undefined) {
    throw UserError.misuse('Expected how long: --for, such as 2h, --until a time, or --weekly');
  }
  if (endMs !== undefined && endMs <= Math.max(startMs, nowMs)) {
    throw UserError.misuse(
      `Expected an end after its beginning and after now, got ${formatTimestamp(endMs)}`,
    );
  }
  if (
    weekly &&
    endMs !== undefined &&
    !comesBetween(parseWeekly(weekly.window), weekly.zone, startMs, endMs)
  ) {
    throw UserError.misuse(
      `Expected "${weekly.window}" (${weekly.zone}) to come before the end, ${formatTimestamp(endMs)}`,
    );
  }
  return {
    starts_at: formatTimestamp(startMs),
    ...(endMs !== undefined && { ends_at: formatTimestamp(endMs) }),
    ...(weekly && { weekly }),
  };
}

function weeklyOf({ weekly, zone }: Asked): Silence['weekly'] {
  if (weekly === undefined && zone === undefined) return undefined;
  if (weekly === undefined || zone === undefined) {
    throw UserError.misuse(
      'Expected --weekly and --zone together, such as --weekly "Sun 02:00-04:00" --zone Europe/Berlin',
    );
  }
  if (!isZone(zone)) throw UserError.misuse(`Expected a zone such as Europe/Berlin or UTC, got "${zone}"`);
  try {
    parseWeekly(weekly);
  } catch (error) {
    throw UserError.misuse((error as Error).message);
  }
  return { window: weekly, zone };
}

/** A duration from now such as `30m`, or a time. */
function timeOf(flag: string, text: string, nowMs: number): number {
  if (isTime(text)) return instantMs(text);
  try {
    return nowMs + parseDuration(text);
  } catch {
    throw UserError.misuse(`${flag} "${text}": ${explainTime(text)}, or a duration from now such as 30m`);
  }
}
