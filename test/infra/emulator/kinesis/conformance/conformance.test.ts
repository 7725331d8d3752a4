/** Our Kinesis passes every case of the suite: see `compare.ts` for other servers. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { systemClock } from '../../../../../infra/emulator/base/clock.ts';
import { startKinesis, type TestKinesis } from '../../support/kinesis.ts';
import { GROUPS } from './cases.ts';
import { createContext } from './context.ts';

let limited: TestKinesis;
let unlimited: TestKinesis;
let aheadMs = 0;
const clock = {
  ...systemClock,
  now: () => systemClock.now() + aheadMs,
  elapsed: () => systemClock.elapsed() + aheadMs,
};
const pass = async (ms: number) => {
  aheadMs += ms;
};
beforeAll(async () => {
  [limited, unlimited] = await Promise.all([startKinesis({ isLimited: true }), startKinesis({ clock })]);
});
afterAll(() => Promise.all([limited.close(), unlimited.close()]));

describe.each(Object.entries(GROUPS))('%s', (_, cases) => {
  it.for(cases)('$name', async ({ run, throttled }) => {
    const context = await createContext((throttled ? limited : unlimited).endpoint, pass);
    await run(context);
    await context.close();
  });
});
