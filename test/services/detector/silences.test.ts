/** Silences: incidents go on, and nobody is told. Timelines of detector and watchdog together. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { published, rules, silenced } from './support/harness.ts';
import { KEY, LADDER, type OnCall, onCall } from './support/on-call.ts';

const MINUTE = 60_000;

/** Long enough for every environment to have heard of a silence, or of its end. */
const hear = (world: OnCall) => world.pass(30_000);

describe('an incident under a silence', () => {
  it('that opens in it and lasts longer is told at its end, once, as it is then', async () => {
    const world = onCall(rules({ severity: LADDER }));
    const silence = world.silence();
    await world.send(90);
    expect(world.told()).toEqual([]);
    world.pass(MINUTE);
    await world.send(97);
    expect([world.told(), world.hushed()]).toEqual([[], ['firing warning', 'escalated critical']]);
    expect(silenced(world.aws).map(({ silenced_by }) => silenced_by)).toEqual(['s1', 's1']);
    world.endSilence(silence);
    hear(world);
    await world.send(99);
    await world.send(99);
    await world.minutes(5, 99);
    expect(world.told()).toEqual(['firing critical']);
    const [firing] = published(world.aws);
    const [opening] = silenced(world.aws);
    expect(firing).toMatchObject({
      ...{ peak: 99, started_at: opening?.started_at, incident_id: opening?.incident_id },
      notification_id: opening?.notification_id,
    });
    expect(firing).not.toHaveProperty('silenced_by');
    await world.send(50);
    expect(world.told()).toEqual(['firing critical', 'resolved critical']);
    expect(world.hushed()).toEqual(['firing warning', 'escalated critical']);
  });

  it('that opens and ends in it is told to nobody, and is history', async () => {
    const world = onCall();
    const silence = world.silence();
    await world.minutes(3, 90);
    await world.minutes(3, 50);
    world.endSilence(silence);
    await world.minutes(5, 50);
    expect(world.told()).toEqual([]);
    expect(world.hushed()).toEqual(['firing warning', 'resolved warning']);
    expect(world.aws.items.get(KEY)).not.toHaveProperty('outbox');
  });

  it('that was told before, and ends in it, is not told to be over', async () => {
    const world = onCall();
    await world.send(90);
    const silence = world.silence();
    hear(world);
    await world.send(50);
    world.endSilence(silence);
    await world.minutes(5, 50);
    expect([world.told(), world.hushed()]).toEqual([['firing warning'], ['resolved warning']]);
  });

  it('that was told before, and goes on after it, is told as usual: worse at its end, and over', async () => {
    const world = onCall(rules({ severity: LADDER }));
    await world.send(90);
    const silence = world.silence();
    hear(world);
    await world.minutes(3, 97);
    expect(world.told()).toEqual(['firing warning']);
    world.endSilence(silence);
    hear(world);
    await world.minutes(2, 97);
    expect(world.told()).toEqual(['firing warning', 'escalated critical']);
    await world.minutes(2, 50);
    expect(world.told()).toEqual(['firing warning', 'escalated critical', 'resolved critical']);
  });

  it('that ends with the reading that would have told it is told to nobody', async () => {
    const world = onCall();
    const silence = world.silence();
    await world.send(90);
    world.endSilence(silence);
    hear(world);
    await world.send(50);
    expect([world.told(), world.hushed()]).toEqual([[], ['firing warning', 'resolved warning']]);
  });

  it('is told when it becomes severer than the silence says', async () => {
    const world = onCall(rules({ severity: LADDER }));
    world.silence({ matchers: { severities: ['warning'] } });
    await world.send(90);
    world.pass(MINUTE);
    await world.send(97);
    expect([world.told(), world.hushed()]).toEqual([['firing critical'], ['firing warning']]);
  });

  it('is not old news when the silence was longer than notifyWithin', async () => {
    const world = onCall(rules({ notifyWithin: '1h' }));
    const silence = world.silence();
    await world.send(90);
    world.pass(110 * MINUTE);
    world.endSilence(silence);
    hear(world);
    await world.send(90);
    expect(world.told()).toEqual(['firing warning']);
    expect(world.aws.published.at(-1)?.Subject).toBe('FIRING warning: hot - pump-1 (site-a)');
  });
});

describe('where the site says nothing when a silence ends', () => {
  it.each([
    ['at its time', false],
    ['early', true],
  ])('the watchdog tells what still fires: %s', async (_, isEarly) => {
    const world = onCall();
    const silence = world.silence();
    await world.send(90);
    await world.minutes(isEarly ? 30 : 120);
    expect(world.told()).toEqual([]);
    if (isEarly) world.endSilence(silence);
    await world.minutes(3);
    expect(world.told()).toEqual(['firing warning']);
    await world.minutes(10);
    expect(world.told()).toEqual(['firing warning']);
    // And looks there no more.
    const before = world.aws.calls.Query;
    await world.minutes(1);
    expect(world.aws.calls.Query - before).toBe(2);
  });

  it('looks at no silenced site while the silence lasts', async () => {
    const world = onCall();
    world.silence();
    await world.send(90);
    const before = world.aws.calls.Query;
    await world.minutes(60);
    // Whole sites, the list, and the silences.
    expect((world.aws.calls.Query - before) / 60).toBe(3);
  });
});

describe('silences together', () => {
  it('that overlap hold what fires until the last one is over', async () => {
    const world = onCall();
    const first = world.silence();
    const second = world.silence({ id: 's2', matchers: { rules: ['ho*'] } });
    await world.minutes(3, 90);
    world.endSilence(first);
    hear(world);
    await world.minutes(5, 90);
    await world.minutes(5);
    expect([world.told(), world.hushed()]).toEqual([[], ['firing warning']]);
    world.endSilence(second);
    await world.minutes(3);
    expect(world.told()).toEqual(['firing warning']);
  });

  it('take effect within 30 s, and hold nothing else', async () => {
    const world = onCall();
    await world.send(90, { device_id: 'pump-0' });
    world.silence({ matchers: { devices: ['pump-1'] } });
    world.pass(29_000);
    await world.send(90);
    await world.send(90, { device_id: 'pump-2' });
    expect(published(world.aws).map(({ device_id }) => device_id)).toEqual(['pump-0', 'pump-2']);
  });

  it.each([
    // 03:10 in summer: clocks have gone from 02:00 to 03:00 at 01:00 UTC.
    ['spring', '2026-03-29T01:10:00.000Z', 50],
    // 02:10 in summer; at 01:00 UTC clocks go from 03:00 back to 02:00, and the window lasts three hours.
    ['autumn', '2026-10-25T00:10:00.000Z', 170],
  ])('every week hold for as long as the clocks show the window: in %s', async (_, from, minutes) => {
    const world = onCall();
    world.at(from);
    const starts_at = new Date(world.nowMs() - 86_400_000).toISOString();
    const weekly = { window: 'Sun 02:00-04:00', zone: 'Europe/Berlin' };
    world.silence({ weekly, starts_at, ends_at: undefined });
    await world.minutes(minutes, 90);
    expect([world.told(), world.hushed()]).toEqual([[], ['firing warning']]);
    await world.minutes(2, 90);
    expect(world.told()).toEqual(['firing warning']);
  });

  it('every week hold what fires in each window', async () => {
    const world = onCall();
    // 31 January 2026 is a Saturday.
    world.silence({ weekly: { window: 'Sat 12:00-13:00', zone: 'UTC' }, ends_at: undefined });
    await world.minutes(58, 90);
    expect(world.told()).toEqual([]);
    await world.minutes(5, 90);
    expect(world.told()).toEqual(['firing warning']);
    await world.minutes(1, 50);
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
  });
});

describe('failures', () => {
  it('where silences cannot be read, people are told', async () => {
    const world = onCall();
    world.silence();
    world.aws.fault = (_, input) => (JSON.stringify(input).includes('#silences') ? 'before' : undefined);
    await world.send(90);
    expect(world.told()).toEqual(['firing warning']);
  });

  it('what was known before holds while they cannot be read', async () => {
    const world = onCall();
    world.silence();
    await world.send(90);
    hear(world);
    world.aws.fault = (_, input) => (JSON.stringify(input).includes('#silences') ? 'before' : undefined);
    await world.send(90, { device_id: 'pump-2' });
    expect(world.told()).toEqual([]);
  });

  it('one that cannot be read harms no other', async () => {
    const world = onCall();
    world.silence();
    world.aws.items.set('#silences/odd', { site_id: { S: '#silences' }, device_rule: { S: 'odd' } });
    await world.send(90);
    expect(world.told()).toEqual([]);
  });

  it('history that is not written makes the batch come again', async () => {
    const world = onCall();
    world.silence();
    world.aws.fault = (call) => (call === 'Publish' ? 'before' : undefined);
    expect((await world.send(90)).batchItemFailures).toHaveLength(1);
    world.aws.fault = () => undefined;
    await world.replay();
    expect([world.told(), world.hushed()]).toEqual([[], ['firing warning']]);
  });

  /**
   * The law: an incident is told open at most once and over at most once, over never without open, and by the end
   * everything that is still open and not silenced is told. Whatever the silences, faults and restarts.
   */
  it('tell nothing twice and lose nothing, whatever fails', async () => {
    const step = fc.constantFrom(
      'hot',
      'hotter',
      'well',
      'tick',
      'wait',
      'silence',
      'end',
      'restart',
      'replay',
    );
    const fault = fc.constantFrom(undefined, undefined, undefined, 'before' as const);
    const faults = fc.array(fault, { maxLength: 100, size: 'max' });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), faults, async (steps, pattern) => {
        const world = onCall(rules({ severity: LADDER }));
        let calls = 0;
        world.aws.fault = () => pattern[calls++];
        let silence = world.silence();
        const temperatures: Record<string, number> = { hot: 90, hotter: 97, well: 50 };
        for (const name of steps) {
          world.pass(25_000);
          const temperature = temperatures[name];
          if (temperature !== undefined) await world.deliver(temperature);
          else if (name === 'tick') await world.tick().catch(() => undefined);
          else if (name === 'silence') silence = world.silence();
          else if (name === 'end') world.endSilence(silence);
          else if (name === 'restart') world.restart();
        }
        world.aws.fault = () => undefined;
        world.endSilence(silence);
        hear(world);
        await world.minutes(4);
        const told = published(world.aws);
        const ids = (status: string) =>
          told.filter((one) => one.status === status).map((one) => one.incident_id);
        const isOnce = (list: string[]) => new Set(list).size === list.length;
        expect(isOnce(ids('firing'))).toBe(true);
        expect(isOnce(ids('resolved'))).toBe(true);
        for (const id of ids('resolved')) expect(ids('firing')).toContain(id);
        const item = world.aws.items.get(KEY);
        expect(item?.outbox).toBeUndefined();
        // And history has all of it.
        const history = [...told, ...silenced(world.aws)];
        for (const { incident_id } of history) {
          const statuses = history
            .filter((one) => one.incident_id === incident_id)
            .map(({ status }) => status);
          expect(statuses).toContain('firing');
          const isOpen = item?.state?.S !== 'normal' && item?.incident_id?.S === incident_id;
          expect(statuses.includes('resolved')).toBe(!isOpen);
        }
        if (item?.state?.S === 'firing') expect(ids('firing')).toContain(item.incident_id?.S);
        expect(world.aws.refused).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
