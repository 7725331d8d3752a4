import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { retry } from '../../../../infra/emulator/base/backoff.ts';
import { systemClock } from '../../../../infra/emulator/base/clock.ts';
import { Waker } from '../../../../infra/emulator/base/waker.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const EMULATOR = resolve(import.meta.dirname, '../../../../infra/emulator');

describe('time in the emulator', () => {
  /** What tells the time or waits for it; `new Date()` of a given time does neither. */
  const TIME =
    /\bDate\.now\b|\bnew Date\(\)|\bperformance\.now\b|\bhrtime\b|\bset(?:Timeout|Interval)\b|\btimers(?:\/promises)?'|\bAbortSignal\.timeout\b/g;
  /** And why it does not pass through the clock. */
  const EXCEPTIONS: Record<string, { uses: string[]; because: string }> = {
    'lambda/bootstrap.mjs': {
      uses: ['new Date()', 'performance.now', 'performance.now'],
      because: 'the process of a function has no clock of ours: log lines, and the time that is left',
    },
    'lambda/memory-watch.ts': {
      uses: ['setInterval'],
      because: 'a real process grows in real time',
    },
    'lambda/node-child.ts': {
      uses: ['setTimeout'],
      because: 'a real process may leave its output open',
    },
    'firehose/intake.ts': {
      uses: ["timers/promises'"],
      because: 'setImmediate gives the event loop its turn: no time',
    },
    'sns/http-post.ts': {
      uses: ['AbortSignal.timeout'],
      because: 'receivers are programs of others: how long their answer takes is real time',
    },
    'firehose/jq.ts': { uses: ["timers/promises'"], because: 'the same' },
    'dynamodb/change-indexes.ts': { uses: ["timers/promises'"], because: 'the same' },
    'iot/broker.ts': { uses: ['setTimeout'], because: 'silence on a real socket is of the real time' },
  };

  it('is told by the clock that each part is given, with few exceptions', () => {
    const found: Record<string, string[]> = {};
    for (const file of readdirSync(EMULATOR, { recursive: true, encoding: 'utf8' })) {
      if (!/\.m?[jt]s$/.test(file) || file === 'base/clock.ts') continue;
      const uses = readFileSync(join(EMULATOR, file), 'utf8').match(TIME);
      if (uses) found[file] = [...uses];
    }
    const allowed = Object.entries(EXCEPTIONS).map(([file, { uses }]) => [file, uses]);
    expect(found).toEqual(Object.fromEntries(allowed));
  });
});

describe('the system clock', () => {
  it('tells both times, and calls back unless it is told not to', async () => {
    expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(1000);
    const startMs = systemClock.elapsed();
    const called: string[] = [];
    const cancelled = systemClock.after(1, () => called.push('cancelled'));
    cancelled.cancel();
    await new Promise<void>((done) => systemClock.after(5, done));
    await systemClock.sleep(1);
    expect(systemClock.elapsed() - startMs).toBeGreaterThanOrEqual(5);
    expect(called).toEqual([]);
  });

  it('ends a sleep with its signal, and does not reject', async () => {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(1e9, stop.signal);
    stop.abort();
    await sleeping;
    await systemClock.sleep(1e9, stop.signal);
  });
});

describe('the virtual clock', () => {
  it('goes off in order, at the right moments, and lets each finish its work first', async () => {
    const clock = new VirtualClock(1_000_000);
    const story: string[] = [];
    const say = (what: string) => story.push(`${clock.elapsed()} ${what}`);
    clock.after(20, () => say('second'));
    clock.after(10, async () => {
      say('first');
      await new Promise(setImmediate);
      say('and what it led to');
      await clock.sleep(5);
      say('in between');
    });
    clock.after(20, () => say('third'));
    clock.after(15, () => say('never')).cancel();
    clock.after(31, () => say('too late'));
    await clock.advance(30);
    expect(story).toEqual(['10 first', '10 and what it led to', '15 in between', '20 second', '20 third']);
    expect([clock.elapsed(), clock.now(), clock.nextMs]).toEqual([30, 1_000_030, 1]);
  });

  it('has a wall clock that can be set without time passing', () => {
    const clock = new VirtualClock(5000);
    clock.stepWall(-1000);
    expect([clock.now(), clock.elapsed()]).toEqual([4000, 0]);
    clock.setWall(77);
    expect([clock.now(), clock.elapsed()]).toEqual([77, 0]);
  });

  it('ends a sleep with its signal', async () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const sleeping = clock.sleep(1000, stop.signal);
    stop.abort();
    await sleeping;
    await clock.sleep(1000, stop.signal);
    expect(clock.nextMs).toBeUndefined();
  });
});

describe('a waker', () => {
  it('ends the wait under way, or else the next one, once', async () => {
    const clock = new VirtualClock();
    const waker = new Waker(clock);
    const waiting = waker.pause();
    waker.wake();
    await waiting;
    waker.wake();
    await waker.pause(1000);
    let over = false;
    const last = waker.pause(1000).then(() => {
      over = true;
    });
    await clock.advance(999);
    expect(over).toBe(false);
    await clock.advance(1);
    await last;
    expect(clock.elapsed()).toBe(1000);
  });
});

describe('retrying', () => {
  const setUp = () => {
    const clock = new VirtualClock();
    const stop = new AbortController();
    const failures: string[] = [];
    let attempts = 0;
    const attempt = async () => {
      attempts += 1;
      if (attempts <= 3) throw new Error(`failure ${attempts}`);
      return attempts;
    };
    const onFailure = ({ message }: Error, inARow: number, last: boolean) =>
      void failures.push(`${inARow} ${message}${last ? ', the last' : ''}`);
    const options = { clock, backoff: { baseMs: 100, maxMs: 1000 }, stopped: stop.signal, onFailure };
    return { clock, stop, failures, result: retry(attempt, options) };
  };

  it('goes on until it succeeds', async () => {
    const { clock, failures, result } = setUp();
    await clock.advance(700);
    expect(await result).toBe(4);
    expect(failures).toEqual(['1 failure 1', '2 failure 2', '3 failure 3']);
  });

  it('after a stop tries once more, at once, and then rejects', async () => {
    const { stop, failures, result } = setUp();
    stop.abort();
    await expect(result).rejects.toThrow('failure 2');
    expect(failures).toEqual(['1 failure 1', '2 failure 2, the last']);
  });
});

it('waits longer than a timer of Node.js can', () => {
  vi.useFakeTimers();
  const called: string[] = [];
  systemClock.after(60 * 86_400_000, () => called.push('due'));
  systemClock.after(60 * 86_400_000, () => called.push('never')).cancel();
  vi.advanceTimersByTime(60 * 86_400_000 - 1);
  expect(called).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(called).toEqual(['due']);
  vi.useRealTimers();
});
