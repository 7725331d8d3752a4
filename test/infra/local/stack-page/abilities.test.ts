import { expect, it } from 'vitest';
import { createAbilities } from '../../../../infra/local/stack-page/abilities.ts';

const denied = () => Promise.reject(new Error('AccessDenied'));

it('what may not be seen is absent, and asked for again after some minutes', async () => {
  const state = { nowMs: 0, mayRead: false, asked: 0 };
  const deployed = { rules: [], modelPeriodMs: 60_000 };
  const abilities = createAbilities(
    {
      async deployed() {
        state.asked += 1;
        return state.mayRead ? deployed : denied();
      },
      alarms: denied,
      canReadLive: async () => true,
    },
    () => state.nowMs,
  );
  const first = await abilities.fresh();
  expect(first).toEqual({ deployed: undefined, hasHealth: false, canReadLive: true });
  state.mayRead = true;
  expect(await abilities.fresh()).toBe(first);
  expect(state.asked).toBe(1);
  state.nowMs += 10 * 60_000;
  // Nobody waits for it: a page that is open gets it with its next look.
  await abilities.fresh();
  await new Promise(setImmediate);
  expect(abilities.now().deployed).toBe(deployed);
});
