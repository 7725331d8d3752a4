/** Warns of so many mails at once that AWS would disable the e-mail subscription. */
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';

/** SNS' quota for e-mails, per account. */
const MAX_MAILS_PER_SECOND = 10;
/** Within this time there is only one warning. */
const QUIET_MS = 60_000;

interface MailRateWatch {
  /** Must be called for each mail that is sent. */
  count(to: string): void;
}

export function createMailRateWatch(bus: EventBus, clock: Pick<Clock, 'elapsed'>): MailRateWatch {
  /** When the last mails were sent, at most {@link MAX_MAILS_PER_SECOND} + 1. */
  let recent: number[] = [];
  let warnedAt = Number.NEGATIVE_INFINITY;
  return {
    count(to) {
      const at = clock.elapsed();
      recent = [...recent.filter((time) => at - time < 1000), at].slice(-(MAX_MAILS_PER_SECOND + 1));
      if (recent.length <= MAX_MAILS_PER_SECOND || at - warnedAt < QUIET_MS) return;
      warnedAt = at;
      const text = `More than ${MAX_MAILS_PER_SECOND} e-mails in a second: AWS would now disable the subscription of ${to}`;
      bus.warn(text);
    },
  };
}
