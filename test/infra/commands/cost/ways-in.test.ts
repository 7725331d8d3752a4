import { expect, it } from 'vitest';
import { trafficOf } from '../../../../infra/commands/cost/traffic.ts';
import { waysIn } from '../../../../infra/commands/cost/ways-in.ts';

it('the gateway adds nothing, MQTT by its rule, HTTP by the request', () => {
  const fleet = { devices: 10_000, intervalSeconds: 5, devicesPerSite: 100, packed: true, readingBytes: 220 };
  const traffic = trafficOf(fleet, {
    stream: { mode: 'provisioned', shards: 1, retentionHours: 24 },
    mapping: { batchSize: 100, windowSeconds: 1, lanesPerShard: 1 },
  });
  expect(waysIn(traffic, 100).map(({ usd }) => Math.round(usd))).toEqual([0, 79, 193, 14_019]);
});
