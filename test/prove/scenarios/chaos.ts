import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultInput } from '../../../infra/emulator/faults/fault.ts';
import { Site } from '../producer.ts';
import { again, HOT, resolved, type Scenario, WELL } from '../scenario.ts';

const FAULTS: readonly FaultInput[] = [
  { on: 'kinesis.PutRecords', kind: 'throttle', share: 0.5 },
  { on: 'kinesis.PutRecords', kind: 'reset', after: true, share: 0.3 },
  { on: 'kinesis.PutRecords', kind: 'unavailable', share: 0.3 },
  { on: 'kinesis.GetRecords', kind: 'expired-iterator', share: 0.5 },
  { on: 'kinesis.GetRecords', kind: 'reset', after: true, share: 0.5 },
  { on: 'kinesis.*', kind: 'internal-error', share: 0.2 },
  { on: 'dynamodb.Query', kind: 'throttle', share: 0.6 },
  { on: 'dynamodb.Query', kind: 'time-out', share: 0.3 },
  { on: 'dynamodb.PutItem', kind: 'reset', after: true, share: 0.4 },
  { on: 'dynamodb.PutItem', kind: 'crash', after: true, share: 0.2 },
  { on: 'dynamodb.PutItem', kind: 'throttle', share: 0.7 },
  { on: 'dynamodb.*', kind: 'out-of-memory', share: 0.1 },
  { on: 'sns.Publish', kind: 'unavailable', share: 0.6 },
  { on: 'sns.Publish', kind: 'reset', after: true, share: 0.3 },
  { on: 'sns.Publish', kind: 'crash', after: true, share: 0.3 },
  { on: 'sns.Publish', kind: 'slow', delay: '300ms' },
  { on: 's3.PutObject', kind: 'disk-full' },
];
const ROUNDS = 12;
const AT_ONCE = 3;
const DEVICES = 2;

export const chaos: Scenario = {
  name: 'chaos',
  title: `Any ${AT_ONCE} faults at once, changing every second, chosen by the seed: the books still balance`,
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 5 }, (_, i) => new Site(`chaos-${i + 1}`, DEVICES));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (let i = 0; i < AT_ONCE; i += 1) {
        const duration = `${stage.random.integer(300, 2_000)}ms`;
        stage.break({ ...stage.random.pick(FAULTS), duration });
      }
      for (const temperatures of [HOT, WELL]) {
        await stage.send(sites, temperatures);
        await sleep(stage.random.integer(0, 800));
      }
    }
    const devices = sites.flatMap((site) => site.devices);
    return {
      incidents: again(ROUNDS, resolved(...devices)),
      readingsMayRepeat: true,
      // Publishing fails: chance decides how often a published message cannot be marked.
      mailRepeats: Number.POSITIVE_INFINITY,
    };
  },
};
