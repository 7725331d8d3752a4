/** Detector and watchdog on one table, in virtual time, and what people on call write into it. */
import { BY_HAND, byHandAttribute, closingItem } from '../../../../services/contract/by-hand.ts';
import type { Reading } from '../../../../services/contract/reading.ts';
import type { Rule } from '../../../../services/contract/rule.ts';
import type { Silence } from '../../../../services/contract/silence-schema.ts';
import { toSilenceItem } from '../../../../services/contract/silence-window.ts';
import { formatSentHour, formatTimestamp } from '../../../../services/contract/time.ts';
import { batch, clock, reading, record } from './batch.ts';
import { type FakeAws, fakeAws } from './fake-aws.ts';
import { type Harness, harness, published, rules as rulesOf, silenced } from './harness.ts';
import { watchdogOn } from './watchdog.ts';

export const LADDER = [{ severity: 'warning' }, { severity: 'critical', threshold: 95 }];
export const KEY = 'site-a/pump-1#hot';

export interface OnCall {
  aws: FakeAws;
  /** Sets the clock of everybody. */
  at(time: string): void;
  pass(ms: number): void;
  nowMs(): number;
  /** One reading with this temperature, in a batch of its own. Made and sent now. */
  send(temperature: number, values?: Partial<Reading>): ReturnType<Harness['detector']>;
  /** Several readings in one batch. */
  sendAll(values: readonly Partial<Reading>[]): ReturnType<Harness['detector']>;
  /** The last batch again, as after a lost answer, until it succeeds. */
  replay(): Promise<void>;
  /** A reading, and the batch again until it succeeds, as Lambda does. */
  deliver(temperature: number, values?: Partial<Reading>): Promise<void>;
  tick(): Promise<void>;
  /** Each minute a look of the watchdog, and a reading first where a temperature is given. */
  minutes(count: number, temperature?: number): Promise<void>;
  /** Other environments of both functions, which remember nothing. */
  restart(rules?: Rule[]): void;
  silence(changes?: Partial<Silence>): Silence;
  endSilence(silence: Silence): void;
  acknowledge(key?: string): void;
  close(comment?: string, key?: string): void;
  /** `firing warning` and the like, of what was told. */
  told(): string[];
  /** The same of what nobody was told. */
  hushed(): string[];
}

export function onCall(rules: Rule[] = rulesOf({})): OnCall {
  const aws = fakeAws();
  let nowMs = clock('12:00:00');
  let seq = 0;
  let one = harness(rules, aws);
  let watchdog = watchdogOn(aws, rules, () => nowMs);
  let last: ReturnType<typeof record>[] = [];

  function write(attribute: keyof typeof BY_HAND, key: string, comment?: string) {
    const item = aws.items.get(key);
    const isOpen = item?.state?.S === 'firing' || item?.state?.S === 'recovering';
    if (item === undefined || !isOpen) throw new Error(`No open incident ${key}`);
    const by = { by: 'ann', at: formatTimestamp(nowMs), ...(comment !== undefined && { comment }) };
    aws.items.set(key, {
      ...item,
      [BY_HAND[attribute]]: byHandAttribute(by),
      version: { N: String(Number(item.version?.N) + 1) },
    });
  }

  function put(silence: Silence): Silence {
    aws.items.set(`#silences/${silence.id}`, toSilenceItem(silence));
    return silence;
  }

  const deliver = () => {
    one.nowMs = nowMs;
    return one.detector(batch(last));
  };

  async function untilDone(first: ReturnType<Harness['detector']>): Promise<void> {
    let answer = await first.catch(() => undefined);
    for (let tries = 0; answer?.batchItemFailures.length !== 0; tries += 1) {
      if (tries > 200) throw new Error('A batch failed again and again');
      answer = await deliver().catch(() => undefined);
    }
  }

  const made: OnCall = {
    aws,
    at: (time) => {
      nowMs = Date.parse(time);
    },
    pass: (ms) => {
      nowMs += ms;
    },
    nowMs: () => nowMs,
    send: async (temperature, values = {}) => {
      seq += 1;
      const made = { timestamp: formatTimestamp(nowMs), timestamp_sent: formatSentHour(nowMs) };
      last = [record([reading('12:00:00', { seq, temperature, ...made, ...values })], nowMs)];
      return deliver();
    },
    sendAll(values) {
      const made = { timestamp: formatTimestamp(nowMs), timestamp_sent: formatSentHour(nowMs) };
      last = [
        record(
          values.map((value) => reading('12:00:00', { ...made, ...value })),
          nowMs,
        ),
      ];
      return deliver();
    },
    replay: () => untilDone(deliver()),
    deliver: (temperature, values) => untilDone(made.send(temperature, values)),
    tick: () => watchdog(),
    async minutes(count, temperature) {
      for (let minute = 0; minute < count; minute += 1) {
        if (temperature !== undefined) await made.send(temperature);
        await watchdog();
        nowMs += 60_000;
      }
    },
    restart(anew = rules) {
      one = harness(anew, aws);
      watchdog = watchdogOn(aws, anew, () => nowMs);
    },
    silence: (changes = {}) =>
      put({
        ...{ id: 's1', matchers: { sites: ['site-a'] }, author: 'ann', comment: 'pump swap' },
        ...{ starts_at: formatTimestamp(nowMs), created_at: formatTimestamp(nowMs) },
        ends_at: formatTimestamp(nowMs + 2 * 3_600_000),
        ...changes,
      }),
    endSilence: (silence) => void put({ ...silence, ends_at: formatTimestamp(nowMs) }),
    acknowledge: (key = KEY) => write('acknowledged', key),
    close(comment, key = KEY) {
      write('closeRequested', key, comment);
      const [site = ''] = key.split('/');
      if (site === '#sites') return;
      const item = closingItem(site, nowMs);
      aws.items.set(`${item.site_id.S}/${item.device_rule.S}`, item);
    },
    told: () => published(aws).map(({ status, severity }) => `${status} ${severity}`),
    hushed: () => silenced(aws).map(({ status, severity }) => `${status} ${severity}`),
  };
  return made;
}
