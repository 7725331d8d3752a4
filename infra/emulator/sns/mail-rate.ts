/** Warns of a storm that AWS would answer by disabling the e-mail subscription. */
import type { EventBus } from '../base/events.ts';

/** SNS' quota for e-mail deliveries, per account. */
export const MAX_MAILS_PER_SECOND = 10;
/** One storm is one warning. */
const QUIET_MS = 60_000;

export interface MailRateWatch {
  /** Notes that a mail goes out now. */
  count(to: string): void;
}

export function createMailRateWatch(bus: EventBus, now: () => number): MailRateWatch {
  /** When the last mails went out, at most {@link MAX_MAILS_PER_SECOND} + 1. */
  let recent: number[] = [];
  let warnedAt = Number.NEGATIVE_INFINITY;
  return {
    count(to) {
      const at = now();
      recent = [...recent.filter((time) => at - time < 1000), at].slice(-(MAX_MAILS_PER_SECOND + 1));
      if (recent.length <= MAX_MAILS_PER_SECOND || at - warnedAt < QUIET_MS) return;
      warnedAt = at;
      const text = `More than ${MAX_MAILS_PER_SECOND} e-mails in a second: AWS would now disable the subscription of ${to}`;
      bus.publish({ type: 'notice', level: 'warning', text });
    },
  };
}
