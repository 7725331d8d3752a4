import { describe, expect, it } from 'vitest';
import { FAULT_KINDS } from '../../../../infra/emulator/faults/fault.ts';
import { createFaults } from '../../../../infra/emulator/faults/faults.ts';
import { faultSchema, parseFault } from '../../../../infra/emulator/registry.ts';
import { PRESETS } from '../../../../infra/local/fault-presets.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const KINDS = FAULT_KINDS;

describe('a fault as a flag', () => {
  it('names operation, kind, share and duration', () => {
    expect(parseFault('sns.Publish:throttle:0.5:30s')).toMatchObject({
      ...{ on: 'sns.Publish', kind: 'throttle', after: false, share: 0.5, duration: 30_000 },
    });
    expect(parseFault('dynamodb.*:after-reset')).toMatchObject({ kind: 'reset', after: true, share: 1 });
    expect(parseFault('kinesis.PutRecords:slow::1m')).toMatchObject({ share: 1, duration: 60_000 });
  });

  it.each([
    ['sns:throttle', 'service.Operation'],
    ['sns.Publish:melt', 'expired-iterator'],
    ['sns.Publish:throttle:2', '<=1'],
    ['sns.Publish:throttle:0', '>0'],
    ['sns.Publish:throttle:0.5:soon', 'duration such as'],
    ['sns.Publish:throttle:0.5:3s:more', 'nothing after'],
    ['sns.Publish:after-throttle', 'nothing else can happen after'],
    ['sns.Publish:disk-full', 's3.PutObject'],
    ['kinesis.PutRecords:expired-iterator', 'kinesis.GetRecords'],
  ])('%s is refused with the reason', (text, reason) => {
    expect(() => parseFault(text)).toThrow(new RegExp(`got "${text.replaceAll('.', '\\.')}".*${reason}`));
  });
});

describe('presets', () => {
  it('are all valid faults, with names of their own', () => {
    for (const { fault } of PRESETS) expect(faultSchema.safeParse(fault).success).toBe(true);
    expect(new Set(PRESETS.map(({ name }) => name)).size).toBe(PRESETS.length);
  });
});

describe('faults in force', () => {
  it('hit only their operation, and the given share of its calls', () => {
    const draws = [0.2, 0.6];
    const faults = createFaults({ random: () => draws.shift() ?? 0 });
    faults.add(parseFault('sns.*:throttle:0.5'));
    expect(faults.find('dynamodb.Query', KINDS)).toBeUndefined();
    expect(faults.find('sns.Publish', ['crash'])).toBeUndefined();
    const fault = faults.find('sns.Publish', KINDS);
    expect(fault && [faults.draw(fault), faults.draw(fault)]).toEqual([true, false]);
    expect(faults.list()).toMatchObject([{ hits: 1, title: 'sns.* throttle' }]);
  });

  it('end when their time is up, when they have hit often enough, and when cleared', async () => {
    const clock = new VirtualClock();
    const faults = createFaults({ clock });
    faults.add(parseFault('sns.Publish:throttle::30s'));
    const often = faults.add(faultSchema.parse({ on: 'sns.Publish', kind: 'reset', times: 1 }));
    const kept = faults.add(parseFault('dynamodb.Query:slow'));
    expect(faults.list()).toHaveLength(3);
    await clock.advance(30_000);
    expect(faults.list()).toHaveLength(2);
    expect([faults.draw(often), faults.draw(often)]).toEqual([true, false]);
    expect(faults.list()).toMatchObject([{ id: kept.id }]);
    expect([faults.clear('another'), faults.clear(kept.id), faults.list()]).toEqual([0, 1, []]);
  });

  it.each([-3_600_000, 3_600_000])(
    'last as long as they should when the clock is set by %d ms',
    async (by) => {
      const clock = new VirtualClock(Date.parse('2026-01-31T09:30:00Z'));
      const faults = createFaults({ clock });
      expect(faults.add(parseFault('sns.Publish:throttle::30s')).until).toBe('2026-01-31T09:30:30.000Z');
      await clock.advance(15_000);
      clock.stepWall(by);
      await clock.advance(14_999);
      expect(faults.find('sns.Publish', KINDS)).toBeDefined();
      await clock.advance(1);
      expect([faults.find('sns.Publish', KINDS), faults.list()]).toEqual([undefined, []]);
    },
  );

  it('let as many first calls pass as they are told to skip', () => {
    const faults = createFaults();
    faults.add(faultSchema.parse({ on: 'dynamodb.PutItem', kind: 'crash', skip: 2 }));
    const met = [1, 2, 3].map(() => faults.find('dynamodb.PutItem', KINDS) !== undefined);
    expect(met).toEqual([false, false, true]);
  });
});
