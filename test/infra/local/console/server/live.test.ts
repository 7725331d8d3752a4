import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Live, openLive } from '../../../../../infra/local/console/server/live.ts';

class Watcher extends EventEmitter {
  writableLength = 0;
  status = 0;
  text = '';
  destroyed = false;
  writeHead = (status: number) => {
    this.status = status;
  };
  write = (text: string) => {
    this.text += text;
  };
  end = (text = '') => {
    this.text += text;
  };
  destroy = () => {
    this.destroyed = true;
    this.emit('close');
  };
  messages = () => [...this.text.matchAll(/^data: (.*)$/gm)].map(([, json]) => JSON.parse(json ?? ''));
}

let live: Live;
let state: Record<string, unknown>;
let asked: number;
let failures: string[];
beforeEach(() => {
  vi.useFakeTimers();
  asked = 0;
  failures = [];
  state = { a: 1, b: 'x' };
  const parts = async () => {
    asked += 1;
    return state;
  };
  live = openLive({
    parts,
    stream: () => ({ beat: true }),
    onFailure(error) {
      failures.push((error as Error).message);
      return { notices: failures.length };
    },
  });
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
});

function join(): Watcher {
  const watcher = new Watcher();
  live.join(watcher as unknown as ServerResponse, {});
  return watcher;
}

function breakState(message: string): void {
  state = {
    get a() {
      throw new Error(message);
    },
  };
}

describe('the stream of events', () => {
  it('gives everything to a newcomer, and afterwards what has changed', async () => {
    const first = join();
    await vi.advanceTimersByTimeAsync(0);
    state = { a: 2, b: 'x' };
    const second = join();
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(first.messages()).toEqual([{ a: 1, b: 'x' }, { a: 2, beat: true }, { beat: true }]);
    expect(second.messages()).toEqual([{ a: 2, b: 'x' }, { beat: true }]);
  });

  it('does nothing while nobody watches', async () => {
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(0);
    const watcher = join();
    await vi.advanceTimersByTimeAsync(0);
    watcher.emit('close');
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('cuts off who cannot keep up, and goes on for the others', async () => {
    const [slow, quick] = [join(), join()];
    await vi.advanceTimersByTimeAsync(0);
    slow.writableLength = 10_000_000;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(slow.destroyed).toBe(true);
    expect(slow.messages()).toHaveLength(1);
    expect(quick.messages()).toHaveLength(3);
  });

  it('survives a part that cannot be gathered, says so once, and goes on', async () => {
    const watcher = join();
    await vi.advanceTimersByTimeAsync(0);
    breakState('gone');
    await vi.advanceTimersByTimeAsync(3_000);
    expect(failures).toEqual(['gone']);
    expect(watcher.messages().slice(1)).toEqual([{ notices: 1, beat: true }, { beat: true }, { beat: true }]);
    state = { a: 3 };
    await vi.advanceTimersByTimeAsync(1_000);
    expect(watcher.messages().at(-1)).toEqual({ a: 3, beat: true });
    breakState('gone again');
    await vi.advanceTimersByTimeAsync(2_000);
    expect(failures).toEqual(['gone', 'gone again']);
  });

  it('gives everything to a page that came while it could not be gathered', async () => {
    breakState('gone');
    const watcher = join();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(watcher.messages()).toEqual([]);
    state = { a: 1, b: 'x' };
    await vi.advanceTimersByTimeAsync(1_000);
    expect(watcher.messages()).toEqual([{ a: 1, b: 'x' }]);
  });

  it('refuses more pages than anybody has open', () => {
    const watchers = Array.from({ length: 21 }, join);
    expect(watchers.map(({ status }) => status)).toEqual([...Array(20).fill(200), 503]);
  });
});
