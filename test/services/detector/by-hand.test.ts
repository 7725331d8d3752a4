/** What people write on an open incident: the detector keeps it, and detector and watchdog carry it out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../services/contract/rule.ts';
import { toFrontItem } from '../../../services/detector/presence.ts';
import { published, rules, silenced } from './support/harness.ts';
import { KEY, LADDER, type OnCall, onCall } from './support/on-call.ts';

const MINUTE = 60_000;

describe('an acknowledgement', () => {
  it('stays as long as the incident is open, and goes with it', async () => {
    const world = onCall(rules({ datapointsToClear: 2, severity: LADDER }));
    await world.send(90);
    world.acknowledge();
    world.pass(MINUTE);
    await world.send(97);
    world.pass(MINUTE);
    await world.send(50);
    expect(world.aws.items.get(KEY)).toMatchObject({
      state: { S: 'recovering' },
      severity: { S: 'critical' },
      acknowledged: { M: { by: { S: 'ann' } } },
    });
    world.pass(MINUTE);
    await world.send(50);
    expect(world.aws.items.get(KEY)).not.toHaveProperty('acknowledged');
    expect(world.told()).toEqual(['firing warning', 'escalated critical', 'resolved critical']);
  });

  it('is of one incident: the next one does not have it', async () => {
    const world = onCall();
    await world.send(90);
    world.acknowledge();
    for (const temperature of [50, 90]) {
      world.pass(MINUTE);
      await world.send(temperature);
    }
    expect(world.aws.items.get(KEY)).toMatchObject({ state: { S: 'firing' } });
    expect(world.aws.items.get(KEY)).not.toHaveProperty('acknowledged');
  });

  it('that is written while the detector works is not lost', async () => {
    const world = onCall();
    await world.send(90);
    world.aws.fault = (call) => {
      if (call === 'PutItem') {
        world.aws.fault = () => undefined;
        world.acknowledge();
      }
      return undefined;
    };
    world.pass(MINUTE);
    await world.send(99);
    expect(world.aws.items.get(KEY)).toMatchObject({ peak: { N: '99' }, acknowledged: { M: {} } });
  });
});

describe('an end by hand', () => {
  it('comes with the next batch of the site, is told once, and says who and why', async () => {
    const world = onCall();
    await world.send(90);
    world.close('swapped the pump');
    world.pass(MINUTE);
    await world.send(50, { device_id: 'pump-2' });
    await world.replay();
    await world.minutes(5);
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
    const [firing, resolved] = published(world.aws);
    expect(resolved).toMatchObject({
      ...{ incident_id: firing?.incident_id, closed_by: 'ann', comment: 'swapped the pump' },
      summary: 'Over: temperature > 80 °C on pump-1 (site-a), ended by ann: swapped the pump',
      at: '2026-01-31T12:01:00.000Z',
    });
    expect(world.aws.items.get(KEY)).toMatchObject({ state: { S: 'normal' } });
    expect(world.aws.items.get(KEY)).not.toHaveProperty('close_requested');
    expect(world.aws.published.at(-1)?.Message).toContain('Ended by   ann: swapped the pump');
  });

  it('is told in whole characters and one line, whatever was written', async () => {
    const world = onCall();
    await world.send(90);
    world.close(`two\r\nlines ${'x'.repeat(489)}\u{1f525} more`);
    await world.minutes(3);
    expect(published(world.aws).at(-1)?.comment).toBe(`two lines ${'x'.repeat(489)}`);
    expect(JSON.stringify(world.aws.published)).not.toContain('ud83d');
  });

  it('comes within a minute where the site says nothing', async () => {
    const world = onCall();
    await world.send(90);
    world.close();
    world.pass(20_000);
    await world.tick();
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
    await world.minutes(5);
    expect(world.told()).toHaveLength(2);
    expect(world.aws.items.get('#waiting/close#site-a')?.listed).toEqual({ N: '0' });
  });

  it('is told although the rule tells no ends, and although a silence is active', async () => {
    const world = onCall(rules({ sendResolved: false }));
    await world.send(90);
    world.silence();
    world.pass(MINUTE);
    world.close();
    await world.send(90);
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
  });

  it('of an incident that nobody was told of is history only', async () => {
    const world = onCall();
    world.silence();
    await world.send(90);
    world.close('a test');
    world.pass(MINUTE);
    await world.send(90);
    expect(world.told()).toEqual([]);
    expect(silenced(world.aws).at(-1)).toMatchObject({
      status: 'resolved',
      closed_by: 'ann',
      silenced_by: 's1',
    });
  });

  it('lets a device that still breaches open another incident, by its next reading', async () => {
    const world = onCall();
    await world.send(90);
    world.close();
    world.pass(MINUTE);
    await world.send(90);
    // What came until then belongs to the one that was ended, also when it comes again.
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
    await world.replay();
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
    world.pass(MINUTE);
    await world.send(90);
    expect(world.told()).toEqual(['firing warning', 'resolved warning', 'firing warning']);
    const [first, , second] = published(world.aws);
    expect(second?.incident_id).not.toBe(first?.incident_id);
  });

  it('works for a rule that is gone', async () => {
    const world = onCall();
    await world.send(90);
    world.restart(rules({ name: 'other' }));
    world.close('the rule is gone');
    world.pass(MINUTE);
    await world.send(50);
    expect(world.told()).toEqual(['firing warning']);
    await world.tick();
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
    expect(published(world.aws).at(-1)).toMatchObject({
      ...{ rule: 'hot', metric: null, threshold: 'rule removed' },
      summary: 'Over: hot (rule removed) on pump-1 (site-a), ended by ann: the rule is gone',
    });
  });

  it('of a silent device holds until it is heard and silent again', async () => {
    const rule = { name: 'gone', kind: 'silent', for: '5m', severity: [{ severity: 'warning' }] };
    const world = onCall(parseRules({ rules: [{ ...rule, notifyWithin: '36500d' }] }));
    const speak = async (minutes: number, isHeard: (second: number) => boolean) => {
      for (let second = 0; second < minutes * 60; second += 15) {
        await world.send(50, { device_id: 'pump-0' });
        if (isHeard(second)) await world.send(50);
        world.pass(15_000);
      }
    };
    await speak(12, (second) => second < 120);
    expect(world.told()).toEqual(['firing warning']);
    world.close('in the workshop', 'site-a/pump-1#gone');
    await speak(30, () => false);
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
    await speak(12, (second) => second < 120);
    expect(world.told()).toEqual(['firing warning', 'resolved warning', 'firing warning']);
    const ids = published(world.aws).map(({ incident_id }) => incident_id);
    expect(new Set(ids).size).toBe(2);
  });

  it('of a silent site holds until the site speaks and is silent again', async () => {
    const rule = { name: 'site-silent', kind: 'silent', of: 'site', severity: [{ severity: 'warning' }] };
    const world = onCall(parseRules({ rules: [rule] }));
    const note = (siteId: string, version: number) => {
      const front = new Date(world.nowMs()).toISOString();
      world.aws.items.set(`${siteId}/#front`, toFrontItem({ siteId, version, front, devices: 3 }));
    };
    const others = async (count: number) => {
      for (let minute = 0; minute < count; minute += 1) {
        note('south', minute + 1);
        await world.minutes(1);
      }
    };
    note('north', 1);
    await others(15);
    expect(world.told()).toEqual(['firing warning']);
    world.close('power is off', '#sites/north#site-silent');
    await others(60);
    expect(world.told()).toEqual(['firing warning', 'resolved warning']);
    note('north', 2);
    await others(15);
    expect(world.told()).toEqual(['firing warning', 'resolved warning', 'firing warning']);
    const ids = published(world.aws).map(({ incident_id }) => incident_id);
    expect(new Set(ids).size).toBe(2);
  });
});

/** The law: whatever fails, and in any order, it is ended once, and told. */
it('an end by hand happens once, whatever fails', async () => {
  const step = fc.constantFrom('hot', 'other', 'tick', 'replay', 'restart');
  const fault = fc.constantFrom(undefined, undefined, undefined, 'before' as const, 'after' as const);
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12, size: 'max' }),
      fc.array(fault, { maxLength: 60, size: 'max' }),
      async (steps, pattern) => {
        const world = onCall();
        await world.send(90);
        world.close();
        let calls = 0;
        let isFaulty = true;
        world.aws.fault = () => (isFaulty ? pattern[calls++] : undefined);
        for (const name of steps) {
          world.pass(30_000);
          await play(world, name).catch(() => undefined);
        }
        isFaulty = false;
        await world.minutes(4);
        const [first, ...later] = published(world.aws);
        const ends = later.filter(
          (one) => one.incident_id === first?.incident_id && one.status === 'resolved',
        );
        expect(ends.length).toBeGreaterThan(0);
        expect(new Set(ends.map(({ notification_id }) => notification_id)).size).toBe(1);
        // Once, unless an answer was lost, or a crash came between telling and marking.
        if (pattern.every((one) => one === undefined)) expect(ends).toHaveLength(1);
        expect(ends.every(({ closed_by }) => closed_by === 'ann')).toBe(true);
        expect(world.aws.refused).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

async function play(world: OnCall, name: string): Promise<unknown> {
  if (name === 'tick') return world.tick();
  if (name === 'replay') return world.replay();
  if (name === 'restart') return world.restart();
  return name === 'hot' ? world.deliver(90) : world.deliver(50, { device_id: 'pump-2' });
}
