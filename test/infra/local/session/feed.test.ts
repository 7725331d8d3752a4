import { beforeEach, describe, expect, it } from 'vitest';
import { EventBus, type RuntimeEvent } from '../../../../infra/emulator/base/events.ts';
import { type Feed, startFeed } from '../../../../infra/local/session/feed.ts';
import { painter } from '../../../../infra/local/session/screen.ts';

const invocation: RuntimeEvent = {
  type: 'invocation',
  functionName: 'f',
  records: 3,
  durationMs: 5,
  outcome: 'ok',
};
const mail = (subject: string): RuntimeEvent => ({ type: 'mail', to: 'x', subject });

/** Wall clock and elapsed time, in ms. */
let now: number;
let elapsed: number;
let bus: EventBus;
let feed: Feed;
let said: string[];
beforeEach(() => {
  now = 1_000_000;
  elapsed = 0;
  bus = new EventBus();
  said = [];
  const say = (...lines: string[]) => said.push(...lines.map((line) => line.slice(10).replace(/ +/g, ' ')));
  feed = startFeed(bus, say, painter(false), { now: () => now, elapsed: () => elapsed });
});

const pass = (ms: number) => {
  now += ms;
  elapsed += ms;
};

describe('the feed', () => {
  it('counts routine invocations and prints the count every ten seconds', () => {
    for (let second = 0; second < 11; second += 1) {
      bus.publish(invocation);
      pass(1000);
    }
    expect(said).toEqual(['detector 10 invocations, 30 records']);
  });

  it('counts a notice that is repeated, and still prints what else happens, a few in each window', () => {
    const notice = (text: string) => bus.publish({ type: 'notice', level: 'error', text });
    for (let attempt = 1; attempt <= 40; attempt += 1) {
      notice(`Writing objects failed (attempt ${attempt}): the disk is full`);
      if (attempt === 30) notice('There is room again');
      pass(1000);
    }
    for (let device = 0; device < 100; device += 1) notice(`Device ${'x'.repeat(device)}: a reading refused`);
    const shown = said.filter((line) => !line.startsWith('notices … '));
    expect(shown.filter((line) => line.includes('Writing objects'))).toHaveLength(5);
    expect(shown.filter((line) => line.includes('There is room again'))).toHaveLength(1);
    expect(shown.filter((line) => line.includes('a reading refused'))).toHaveLength(5);
  });

  it('keeps counting when the clock is set back', () => {
    bus.publish(invocation);
    now -= 3_600_000;
    pass(10_000);
    feed.tick();
    expect(said).toEqual(['detector 1 invocation, 3 records']);
  });

  it('prints at once what is not routine', () => {
    bus.publish({ ...invocation, outcome: 'timeout', error: 'Task timed out after 60.00 seconds' });
    bus.publish({ ...invocation, outcome: 'partial', error: 'The function reported a failure from 4968 on' });
    bus.publish(mail('FIRING'));
    expect(said[0]).toMatch(/timeout, Task timed out/);
    const words = said.join(' ').replaceAll(/\s+/g, ' ');
    expect(words).toContain(
      '3 records in 5 ms: a part of them failed, and is tried again (why: on the page)',
    );
    expect(said).toContain('e-mail FIRING');
  });

  it('prints one line with counts every ten seconds of a storm, as long as it lasts', () => {
    for (let second = 0; second < 30; second += 1) {
      for (let i = 0; i < 100; i += 1) bus.publish(mail(`m${i}`));
      pass(1000);
    }
    feed.tick();
    expect(said.slice(0, 5)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4'].map((subject) => `e-mail ${subject}`));
    expect(said.slice(5)).toEqual([
      'e-mail … 995 more in 10 s',
      'e-mail … 1,000 more in 10 s',
      'e-mail … 1,000 more in 10 s',
    ]);
    pass(10_000);
    feed.tick();
    bus.publish(mail('after the storm'));
    expect(said.at(-1)).toBe('e-mail after the storm');
  });

  it('loses nothing at the end', () => {
    for (let i = 0; i < 10; i += 1) bus.publish(mail('again'));
    bus.publish(invocation);
    feed.flush();
    expect(said.slice(-2)).toEqual(['e-mail … 5 more in 1 s', 'detector 1 invocation, 3 records']);
  });
});
