import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { untilAsked } from '../../../../infra/local/session/end.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

describe('a session', () => {
  let target: EventEmitter;
  let clock: VirtualClock;
  let seconds: number;
  let isAsked: boolean;
  let begin: (ms: number) => void;
  beforeEach(() => {
    target = new EventEmitter();
    clock = new VirtualClock();
    seconds = 0;
    isAsked = false;
    const { asked, endAfter } = untilAsked(() => seconds++, target, clock);
    begin = endAfter;
    void asked.then(() => {
      isAsked = true;
    });
  });
  const settled = async () => {
    await Promise.resolve();
    return isAsked;
  };

  it.each(['SIGINT', 'SIGTERM'])(
    'ends in order at the first %s, at once at each further one',
    async (signal) => {
      target.emit(signal);
      expect(await settled()).toBe(true);
      expect(seconds).toBe(0);
      target.emit('SIGINT');
      expect(seconds).toBe(1);
    },
  );

  it('ends in order when its terminal is closed, however often that is said, and although npm ends then', async () => {
    target.emit('SIGHUP');
    expect(await settled()).toBe(true);
    target.emit('SIGHUP');
    target.emit('SIGTERM');
    expect(seconds).toBe(0);
    target.emit('SIGTERM');
    expect(seconds).toBe(1);
  });

  it('has its time from when its fleet begins', async () => {
    await clock.advance(60_000);
    expect(await settled()).toBe(false);
    begin(5000);
    await clock.advance(4999);
    expect(await settled()).toBe(false);
    await clock.advance(1);
    expect(await settled()).toBe(true);
  });
});
