import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { stopSignal, stopSoonSignal } from '../../../infra/cli/interrupt.ts';

class FakeProcess extends EventEmitter {
  code: number | undefined;
  exit(code: number): void {
    this.code = code;
  }
}

it('the first signal ends a program that only looks, also where its call is never answered', () => {
  vi.useFakeTimers();
  const target = new FakeProcess();
  const signal = stopSoonSignal(target);
  target.emit('SIGTERM');
  expect(signal.aborted).toBe(true);
  expect(target.code).toBeUndefined();
  vi.runAllTimers();
  expect(target.code).toBe(130);
  vi.useRealTimers();
});

describe('a second Ctrl-C', () => {
  it('stops at once, unless it is the echo of the first one', () => {
    const target = new FakeProcess();
    let nowMs = 1000;
    let said = 0;
    const signal = stopSignal(
      () => {
        said++;
      },
      target,
      () => nowMs,
    );
    expect(signal.aborted).toBe(false);
    target.emit('SIGINT');
    expect(signal.aborted).toBe(true);
    nowMs += 100;
    target.emit('SIGTERM');
    expect(target.code).toBeUndefined();
    nowMs += 1000;
    target.emit('SIGINT');
    expect(target.code).toBe(130);
    expect(said).toBe(1);
  });
});

it('a terminal that is closed ends it in order, once, and leaves the first Ctrl-C a first one', () => {
  const target = new FakeProcess();
  let said = 0;
  const signal = stopSignal(() => said++, target);
  target.emit('SIGHUP');
  target.emit('SIGHUP');
  expect(signal.aborted).toBe(true);
  target.emit('SIGTERM');
  expect([said, target.code]).toEqual([1, undefined]);
});
