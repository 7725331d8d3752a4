import { expect, it } from 'vitest';
import { forgetDevice } from '../../../infra/commands/forget-device.ts';
import { parseRules } from '../../../services/contract/rule.ts';
import { createIncidentStore } from '../../../services/detector/incident-store.ts';
import { environments, readingAt } from '../../services/detector/support/fleet.ts';

const SILENT = parseRules({
  rules: [
    { kind: 'silent', name: 'device-silent', severity: [{ severity: 'warning' }], notifyWithin: '36500d' },
  ],
});

it('a device that was taken out of service is given up, until it is heard again', async () => {
  const world = environments(SILENT);
  const store = createIncidentStore(world.aws.dynamo, 'state', Date.now);
  const tick = (second: number, ...devices: string[]) =>
    world.deliver({ second, readings: devices.map((device) => readingAt(second, device)) });
  for (let second = 0; second < 600; second += 5) await tick(second, 'a', ...(second < 60 ? ['b'] : []));
  expect(world.alerts().map(({ status }) => status)).toEqual(['firing']);

  await forgetDevice(store, 'site-a', 'b');
  await tick(600, 'a');
  expect(world.alerts().map(({ status, normal }) => [status, normal])).toEqual([
    ['firing', undefined],
    ['resolved', 'given up'],
  ]);
  for (let second = 605; second < 1800; second += 5) await tick(second, 'a');
  expect(world.alerts()).toHaveLength(2);

  for (let second = 1800; second < 2400; second += 5)
    await tick(second, 'a', ...(second < 1860 ? ['b'] : []));
  expect(world.alerts().map(({ status }) => status)).toEqual(['firing', 'resolved', 'firing']);
});

it('the watchdog hears how many devices are left, also where the detector writes in between', async () => {
  const world = environments(SILENT);
  const store = createIncidentStore(world.aws.dynamo, 'state', Date.now);
  const tick = (second: number, ...devices: string[]) =>
    world.deliver({ second, readings: devices.map((device) => readingAt(second, device)) });
  const left = () => world.aws.items.get('site-a/#front')?.devices?.N;
  for (let second = 0; second < 600; second += 5) await tick(second, 'a', 'b');
  expect(left()).toBe('2');
  let writes = 0;
  world.aws.fault = async (call) => {
    // After the roster, before the count.
    if (call === 'PutItem' && ++writes === 2) {
      world.aws.fault = () => undefined;
      await tick(900, 'a');
    }
    return undefined;
  };
  await forgetDevice(store, 'site-a', 'b');
  expect(left()).toBe('1');
  await forgetDevice(store, 'site-a', 'a');
  expect(left()).toBe('0');
  await tick(905, 'a');
  expect(left()).toBe('1');
});

it('a device that nobody misses is named, and nothing is written', async () => {
  const world = environments(SILENT);
  const store = createIncidentStore(world.aws.dynamo, 'state', Date.now);
  await expect(forgetDevice(store, 'site-a', 'pump-1')).rejects.toThrow('Nobody misses pump-1 at site-a');
  expect(world.aws.calls.PutItem).toBe(0);
});
