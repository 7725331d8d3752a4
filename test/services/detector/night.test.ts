/**
 * Detector and watchdog together, over random nights: incidents of two sites open and end, people acknowledge and end
 * them, calls fail and environments die. Whatever happens, what was told is what a model of a few lines says.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Alert, AlertStatus } from '../../../services/contract/alert.ts';
import { formatTimestamp } from '../../../services/contract/time.ts';
import { published, rules } from './support/harness.ts';
import { type OnCall, onCall } from './support/on-call.ts';

const RUNS = 150;
const MINUTE_MS = 60_000;
const EIGHT_HOURS_MS = 8 * 3_600_000;
const HOT = 90;
const WELL = 50;

/** The readings of the second site are old when they come: what they say is old news. */
const DEVICES = [
  { site_id: 'site-a', device_id: 'pump-1', lagMs: 0 },
  { site_id: 'site-a', device_id: 'pump-2', lagMs: 0 },
  { site_id: 'site-b', device_id: 'pump-3', lagMs: EIGHT_HOURS_MS },
] as const;

type Deed =
  | { kind: 'reading'; device: number; temperature: number }
  | { kind: 'acknowledge' | 'close'; device: number }
  | { kind: 'minutes'; count: number }
  | {
      kind: 'faults';
      on: 'Publish' | 'PutItem' | 'Query';
      effect: 'before' | 'after';
      skip: number;
      times: number;
    }
  | { kind: 'restart' };

const device = fc.nat(DEVICES.length - 1);
const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('reading'),
      device,
      temperature: fc.constantFrom(HOT, HOT, WELL),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('acknowledge', 'close'), device }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('minutes'), count: fc.constantFrom(1, 1, 3, 58, 61) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('faults'),
      on: fc.constantFrom('Publish', 'PutItem', 'Query'),
      effect: fc.constantFrom('before', 'after'),
      skip: fc.nat(4),
      times: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart') }) },
);

/** What is true of a device, by the rule alone: a hot reading opens an incident, a well one ends it. */
interface Truth {
  opened: number;
  ended: number;
  isOpen: boolean;
  isAcknowledged: boolean;
}

class Night {
  readonly world: OnCall;
  readonly truths: Truth[] = DEVICES.map(() => ({
    opened: 0,
    ended: 0,
    isOpen: false,
    isAcknowledged: false,
  }));

  constructor(repeatEvery: string | undefined) {
    this.world = onCall(rules({ repeatEvery, notifyWithin: '6h' }));
  }

  async do(deed: Deed): Promise<void> {
    switch (deed.kind) {
      case 'reading':
        return this.#read(deed.device, deed.temperature);
      case 'acknowledge':
        return this.#acknowledge(deed.device);
      case 'close':
        return this.#close(deed.device);
      case 'minutes':
        return this.minutes(deed.count);
      case 'faults':
        return this.#fail(deed);
      case 'restart':
        this.world.restart();
    }
  }

  /** A look that fails is made again a minute later. */
  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      await this.world.tick().catch(() => undefined);
      this.world.pass(MINUTE_MS);
    }
  }

  calm(): void {
    this.world.aws.fault = () => undefined;
  }

  /** Of a device, each notification once. */
  told(device: number, status: AlertStatus): Alert[] {
    const alerts = published(this.world.aws).filter(
      (alert) => alert.device_id === DEVICES[device]?.device_id && alert.status === status,
    );
    return [...new Map(alerts.map((alert) => [alert.notification_id, alert])).values()];
  }

  async #read(index: number, temperature: number): Promise<void> {
    const { lagMs, ...ids } = DEVICES[index] as (typeof DEVICES)[number];
    this.world.pass(1000);
    const timestamp = formatTimestamp(this.world.nowMs() - lagMs);
    await this.world.deliver(temperature, { ...ids, timestamp });
    const truth = this.truths[index] as Truth;
    if (truth.isOpen === (temperature === HOT)) return;
    truth.isOpen = !truth.isOpen;
    truth.isAcknowledged = false;
    truth[truth.isOpen ? 'opened' : 'ended'] += 1;
  }

  #acknowledge(index: number): void {
    const truth = this.truths[index] as Truth;
    if (!truth.isOpen) return;
    this.world.acknowledge(keyOf(index));
    truth.isAcknowledged = true;
  }

  async #close(index: number): Promise<void> {
    const truth = this.truths[index] as Truth;
    if (!truth.isOpen) return;
    this.world.close('done', keyOf(index));
    truth.isOpen = false;
    truth.ended += 1;
    // Nothing of the device comes before it is ended: what comes with its end counts no more.
    this.calm();
    await this.minutes(2);
  }

  /** Calls of one kind fail, after some that do not. */
  #fail({ on, effect, skip, times }: Extract<Deed, { kind: 'faults' }>): void {
    let calls = 0;
    this.world.aws.fault = (call) => {
      if (call !== on) return undefined;
      calls += 1;
      return calls > skip && calls <= skip + times ? effect : undefined;
    };
  }
}

const keyOf = (index: number) => `${DEVICES[index]?.site_id}/${DEVICES[index]?.device_id}#hot`;

it('every incident is told once, its end once, and reminders go on as long as it is open and nobody has it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(deed, { minLength: 5, maxLength: 40 }),
      fc.boolean(),
      async (deeds, reminds) => {
        const night = new Night(reminds ? '1h' : undefined);
        for (const deed of deeds) await night.do(deed);
        // The sites say nothing more, and nothing fails any more.
        night.calm();
        await night.minutes(5);
        const before = DEVICES.map((_, i) => night.told(i, 'reminder').length);
        await night.minutes(135);
        for (const [i, { opened, ended, isOpen, isAcknowledged }] of night.truths.entries()) {
          expect([night.told(i, 'firing').length, night.told(i, 'resolved').length]).toEqual([opened, ended]);
          const reminders = night.told(i, 'reminder').length - (before[i] as number);
          // The first of them may have been due right then.
          expect(reminds && isOpen && !isAcknowledged ? [2, 3] : [0]).toContain(reminders);
        }
        const left = [...night.world.aws.items.values()].filter(({ outbox }) => outbox);
        expect(left).toEqual([]);
      },
    ),
    { numRuns: RUNS },
  );
});
