/** Reminders (`repeatEvery`), of incidents whose device speaks and of those whose site says nothing. */
import { describe, expect, it } from 'vitest';
import { parseRules } from '../../../services/contract/rule.ts';
import { formatTimestamp } from '../../../services/contract/time.ts';
import { published, rules } from './support/harness.ts';
import { LADDER, onCall } from './support/on-call.ts';

const MINUTE = 60_000;
const hourly = (change: object = {}) => rules({ repeatEvery: '1h', severity: LADDER, ...change });

/** A reminder is due, and the topic does not take it. */
async function remindedInVain() {
  const world = onCall(hourly());
  await world.send(90);
  await world.minutes(60);
  world.aws.fault = (call) => (call === 'Publish' ? 'before' : undefined);
  await expect(world.tick()).rejects.toThrow('Left for the next minute: site-a');
  return world;
}

describe('reminders', () => {
  it.each([
    ['speaks', 90],
    ['says nothing', undefined],
  ])('come each hour while it fires, whether the site %s', async (_, temperature) => {
    const world = onCall(hourly());
    await world.send(90);
    await world.minutes(60, temperature);
    expect(world.told()).toEqual(['firing warning']);
    await world.minutes(2, temperature);
    expect(world.told()).toEqual(['firing warning', 'reminder warning']);
    await world.minutes(63, temperature);
    expect(world.told()).toEqual(['firing warning', 'reminder warning', 'reminder warning']);
    const [firing, first, second] = published(world.aws);
    expect(first).toMatchObject({
      incident_id: firing?.incident_id,
      summary: 'Still: temperature > 80 °C on pump-1 (site-a), for 1 h',
    });
    const ids = [firing, first, second].map((alert) => alert?.notification_id);
    expect(new Set(ids).size).toBe(3);
    await world.send(50);
    await world.minutes(200);
    expect(world.told().slice(3)).toEqual(['resolved warning']);
  });

  it('there are none where the rule asks for none', async () => {
    const world = onCall(hourly({ repeatEvery: undefined }));
    await world.send(90);
    await world.minutes(200);
    expect(world.told()).toEqual(['firing warning']);
    expect([...world.aws.items.keys()].filter((key) => key.startsWith('#waiting'))).toEqual([]);
  });

  it('come for an incident that was open before its rule asked for them', async () => {
    const world = onCall(hourly({ repeatEvery: undefined }));
    await world.send(90);
    await world.minutes(90, 90);
    world.restart(hourly());
    await world.minutes(2, 90);
    expect(world.told()).toEqual(['firing warning', 'reminder warning']);
    await world.minutes(65);
    expect(world.told()).toEqual(['firing warning', 'reminder warning', 'reminder warning']);
  });

  it('end with an acknowledgement, and escalations do not', async () => {
    const world = onCall(hourly());
    await world.send(90);
    world.acknowledge();
    await world.minutes(130, 90);
    expect(world.told()).toEqual(['firing warning']);
    await world.minutes(130, 97);
    expect(world.told()).toEqual(['firing warning', 'escalated critical']);
  });

  it('count from what was told last', async () => {
    const world = onCall(hourly());
    await world.send(90);
    await world.minutes(50, 90);
    await world.minutes(50, 97);
    expect(world.told()).toEqual(['firing warning', 'escalated critical']);
    await world.minutes(15, 97);
    expect(world.told()).toEqual(['firing warning', 'escalated critical', 'reminder critical']);
  });

  it('wait for the end of a silence', async () => {
    const world = onCall(hourly());
    await world.send(90);
    world.silence();
    await world.minutes(119);
    expect(world.told()).toEqual(['firing warning']);
    await world.minutes(10);
    expect(world.told()).toEqual(['firing warning', 'reminder warning']);
  });

  it('count from the end of the silence in which it opened', async () => {
    const world = onCall(hourly());
    world.silence();
    await world.send(90);
    await world.minutes(123);
    expect(world.told()).toEqual(['firing warning']);
    await world.minutes(57);
    expect(world.told()).toEqual(['firing warning']);
    await world.minutes(5);
    expect(world.told()).toEqual(['firing warning', 'reminder warning']);
  });

  it('are one each for the incidents of a site, at their own times', async () => {
    const world = onCall(hourly());
    await world.send(90);
    world.pass(20 * MINUTE);
    await world.send(90, { device_id: 'pump-2' });
    await world.minutes(125);
    const devices = published(world.aws).map(({ status, device_id }) => `${status} ${device_id}`);
    expect(devices).toEqual([
      ...['firing pump-1', 'firing pump-2', 'reminder pump-1', 'reminder pump-2'],
      ...['reminder pump-1', 'reminder pump-2'],
    ]);
  });

  it('come again from the next minute where the topic takes nothing, once', async () => {
    const world = await remindedInVain();
    world.restart();
    world.aws.fault = () => undefined;
    world.pass(MINUTE);
    await world.minutes(5);
    expect(world.told()).toEqual(['firing warning', 'reminder warning']);
    // And the one after it, an hour later.
    await world.minutes(65);
    expect(world.told()).toEqual(['firing warning', 'reminder warning', 'reminder warning']);
  });

  it('leave nothing behind that a batch has put beside them', async () => {
    const world = onCall(hourly());
    await world.send(90);
    await world.minutes(60);
    world.aws.fault = async (call) => {
      if (call !== 'Publish') return undefined;
      world.aws.fault = () => undefined;
      // It becomes worse right now, and the site says nothing more.
      await world.send(97);
      return undefined;
    };
    await world.minutes(5);
    expect(world.told()).toEqual(['firing warning', 'reminder warning', 'escalated critical']);
  });

  it('go on after an escalation that a batch is telling right when one is due', async () => {
    const world = onCall(hourly());
    await world.send(90);
    await world.minutes(60);
    world.aws.fault = async (call) => {
      if (call !== 'Publish') return undefined;
      world.aws.fault = () => undefined;
      // The escalation is in its outbox, and not told yet.
      world.pass(MINUTE);
      await world.tick();
      return undefined;
    };
    await world.send(97);
    expect(world.told()).toEqual(['firing warning', 'escalated critical']);
    await world.minutes(65);
    expect(world.told()).toEqual(['firing warning', 'escalated critical', 'reminder critical']);
  });

  it('that wait in an outbox hold up no reading that finds no room there', async () => {
    const world = await remindedInVain();
    world.aws.fault = () => undefined;
    const flapping = Array.from({ length: 150 }, (_, i) => ({
      ...{ seq: 10 + i, temperature: i % 2 ? 90 : 50 },
      timestamp: formatTimestamp(world.nowMs() + i * 1000),
    }));
    await expect(world.sendAll(flapping)).resolves.toMatchObject({ batchItemFailures: [{}] });
    // The watchdog leaves them to the detector after a minute.
    world.pass(MINUTE);
    await world.replay();
    const count = (what: string) => world.told().filter((one) => one === what).length;
    expect(['firing', 'resolved', 'reminder'].map((status) => count(`${status} warning`))).toEqual([
      76, 75, 1,
    ]);
  });

  it('are sent by the watchdog alone: a batch that comes in between tells none', async () => {
    const world = onCall(hourly());
    await world.send(90);
    await world.minutes(60);
    world.aws.fault = async (call) => {
      if (call !== 'Publish') return undefined;
      world.aws.fault = () => undefined;
      await world.send(90);
      return undefined;
    };
    await world.tick();
    expect(world.told()).toEqual(['firing warning', 'reminder warning']);
  });
});

it.each([
  ['1m', 'Expected 5m to 30d, got 1m'],
  ['31d', 'Expected 5m to 30d, got 31d'],
  ['often', 'Expected a duration such as 30s, 5m or 1h, got "often"'],
])('repeatEvery %s is refused', (repeatEvery, message) => {
  const silent = { name: 'gone', kind: 'silent', severity: [{ severity: 'warning' }], repeatEvery };
  expect(() => parseRules({ rules: [silent] })).toThrow(`rules[0].repeatEvery: ${message}`);
});
