import { expect, it } from 'vitest';
import { forgetDevice } from '../../../infra/commands/forget-device.ts';
import { parseRules } from '../../../services/contract/rule.ts';
import { createIncidentStore } from '../../../services/detector/incident-store.ts';
import { environments, readingAt } from '../../services/detector/support/fleet.ts';

const SILENT = parseRules({
  rules: [{ kind: 'silent', name: 'device-silent', severity: [{ severity: 'warning' }] }],
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

it('a device that nobody misses is named, and nothing is written', async () => {
  const world = environments(SILENT);
  const store = createIncidentStore(world.aws.dynamo, 'state', Date.now);
  await expect(forgetDevice(store, 'site-a', 'pump-1')).rejects.toThrow('Nobody misses pump-1 at site-a');
  expect(world.aws.calls.PutItem).toBe(0);
});
