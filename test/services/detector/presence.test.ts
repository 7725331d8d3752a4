import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PRESENCE_INDEX } from '../../../services/contract/presence.ts';
import {
  type Front,
  fromFrontItem,
  fromIndexRow,
  fromRosterItem,
  MAX_ROSTER_BYTES,
  toFrontItem,
  toRosterItem,
} from '../../../services/detector/presence.ts';
import { checkItem } from './support/aws-limits.ts';

const FRONT: Front = {
  ...{ siteId: 'site-a', version: 3, front: '2026-01-31T09:30:05.000Z', devices: 12 },
  gapEnd: '2026-01-31T09:00:00.000Z',
};

it('a front comes back as it was written, with a gap and without', () => {
  expect(fromFrontItem(toFrontItem(FRONT))).toEqual(FRONT);
  expect(fromFrontItem(toFrontItem({ ...FRONT, gapEnd: undefined }))).toEqual({
    ...FRONT,
    gapEnd: undefined,
  });
});

it('only fronts are in the index, and its rows are enough for a watchdog', () => {
  const item = toFrontItem(FRONT);
  expect(item).toHaveProperty(PRESENCE_INDEX.partitionKey);
  expect(toRosterItem({ siteId: 'site-a', version: 1, devices: ['a'] })).not.toHaveProperty(
    PRESENCE_INDEX.partitionKey,
  );
  const { partitionKey, sortKey, projected } = PRESENCE_INDEX;
  const row = Object.fromEntries(
    [partitionKey, sortKey, ...projected].map((name) => [name, item[name] ?? {}]),
  );
  expect(fromIndexRow(row as typeof item)).toEqual({
    ...{ siteId: 'site-a', front: FRONT.front, devices: FRONT.devices },
  });
});

it('a roster comes back as it was written, whatever devices are called, and fits into an item', () => {
  const id = fc.stringMatching(/^[A-Za-z0-9._-]{1,64}$/);
  fc.assert(
    fc.property(fc.uniqueArray(id), (devices) => {
      const roster = { siteId: 'site-a', version: 1, devices };
      expect(fromRosterItem(toRosterItem(roster))).toEqual(roster);
    }),
  );
  const longest = Array.from({ length: MAX_ROSTER_BYTES / 65 }, () => 'x'.repeat(64));
  checkItem(toRosterItem({ siteId: 's', version: 1, devices: longest }));
});

it('an item that was changed by hand is named', () => {
  const broken = { ...toFrontItem(FRONT), front: { N: '5' } };
  expect(() => fromFrontItem(broken)).toThrow(/Presence of site site-a: expected front to be a string/);
});
