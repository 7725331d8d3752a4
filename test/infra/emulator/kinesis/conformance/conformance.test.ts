/** Our Kinesis passes every case of the suite: see `compare.ts` for other servers. */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startKinesis, type TestKinesis } from '../../support/kinesis.ts';
import { GROUPS } from './cases.ts';
import { createContext } from './context.ts';

let limited: TestKinesis;
let unlimited: TestKinesis;
beforeAll(async () => {
  [limited, unlimited] = await Promise.all([startKinesis({ isLimited: true }), startKinesis()]);
});
afterAll(() => Promise.all([limited.close(), unlimited.close()]));

describe.each(Object.entries(GROUPS))('%s', (_, cases) => {
  it.for(cases)('$name', async ({ run, throttled }) => {
    const context = await createContext((throttled ? limited : unlimited).endpoint);
    await run(context);
    await context.close();
  });
});
