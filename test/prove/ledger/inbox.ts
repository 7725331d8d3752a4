/** What the mails say: the e-mails in the inbox, read as a person reads them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import PostalMime from 'postal-mime';

export interface Told {
  status: string;
  rule: string;
  /** Number of transitions in the mail: 1, or more in a digest. */
  count: number;
  /** Only in a mail about one transition. */
  notificationId?: string;
  receivedMs: number;
}

/** FIRING critical: temperature-high - dev-1 (north), or … - 12 devices, 1 site, or of a whole site … - north */
const SUBJECT = /^(FIRING|ESCALATED|RESOLVED) \w+: (\S+) - (?:\d+ devices?, \d+ sites?|\S+(?: \(\S+\))?)$/;
/** What alarms about the pipeline itself send to those who operate it. */
const ALARM = /^(?:ALARM|OK|INSUFFICIENT_DATA): "/;
/** Status     FIRING, 3 critical, 9 warning */
const DIGEST_STATUS = /^Status +[A-Z]+, (\d.*)$/m;
const NOTIFICATION = /^Incident [0-9a-f]+, notification ([0-9a-f]+)$/m;
/** 20260131T093000123Z-000001.eml */
const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-\d+\.eml$/;

/** Alert mails to the first address that got any; others (alarms) are skipped. */
export async function readInbox(folder: string): Promise<Told[]> {
  const told: Told[] = [];
  for (const name of readdirSync(folder).sort()) {
    const time = NAME.exec(name);
    if (!time) continue;
    const { subject = '', text = '' } = await PostalMime.parse(readFileSync(join(folder, name)));
    if (ALARM.test(subject)) continue;
    const match = SUBJECT.exec(subject);
    if (!match) throw new Error(`A mail that the ledger cannot read: ${subject}`);
    const [, status = '', rule = ''] = match;
    const notificationId = NOTIFICATION.exec(text)?.[1];
    // A device may be in a digest more than once.
    const counts = DIGEST_STATUS.exec(text)?.[1]?.match(/\d+/g)?.map(Number);
    if (counts === undefined && notificationId === undefined)
      throw new Error(`A mail names neither a notification nor a number of them: ${subject}`);
    const count = (counts ?? [1]).reduce((sum, number) => sum + number, 0);
    told.push({ status: status.toLowerCase(), rule, count, notificationId, receivedMs: receivedMsOf(time) });
  }
  return told;
}

function receivedMsOf([, year, month, day, hour, minute, second, millisecond]: readonly string[]): number {
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecond}Z`);
}
