/**
 * Server-sent events: everything once, then what changed, once a second. A page that cannot keep up is cut off; its
 * EventSource comes back by itself and starts with everything again.
 */
import type { ServerResponse } from 'node:http';

/** Parts of the page's state by name. A part is sent whole when its JSON differs from what was sent last. */
export type Parts = Record<string, unknown>;

export interface LiveOptions {
  /** Called once a second while somebody watches. */
  parts(): Promise<Parts>;
  /** What is sent every second, whether or not anybody came lately. Called once a second while somebody watches. */
  stream(): Parts;
  /** ms */
  periodMs?: number;
}

export interface Live {
  /** Answers a request with the stream of events. */
  join(response: ServerResponse, headers: Record<string, string>): void;
  close(): void;
}

const PERIOD_MS = 1_000;
const MAX_WATCHERS = 20;
/** Bytes that may wait for a page. */
const MAX_BACKLOG = 2_000_000;

interface Watcher {
  response: ServerResponse;
  /** Does it have everything, so that deltas make sense to it? */
  started: boolean;
}

export function createLive({ parts, stream, periodMs = PERIOD_MS }: LiveOptions): Live {
  const watchers = new Set<Watcher>();
  const sent = new Map<string, string>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function write(watcher: Watcher, text: string): void {
    if (watcher.response.writableLength > MAX_BACKLOG) watcher.response.destroy();
    else watcher.response.write(text);
  }

  async function tick(): Promise<void> {
    const now: Record<string, string> = {};
    for (const [name, value] of Object.entries(await parts())) now[name] = JSON.stringify(value ?? null);
    const changed = Object.keys(now).filter((name) => sent.get(name) !== now[name]);
    const delta = message({ ...pick(now, changed), ...stringify(stream()) });
    const whole = message(now);
    for (const watcher of watchers) {
      write(watcher, watcher.started ? delta : whole);
      watcher.started = true;
    }
    for (const name of changed) sent.set(name, now[name] ?? '');
  }

  function schedule(delayMs: number): void {
    if (timer || closed) return;
    timer = setTimeout(async () => {
      try {
        await tick();
      } catch {
        // What could not be gathered now is gathered in a second.
      }
      timer = undefined;
      if (watchers.size > 0) schedule(periodMs);
    }, delayMs);
  }

  return {
    join(response, headers) {
      if (watchers.size >= MAX_WATCHERS) {
        response.writeHead(503, { ...headers, 'content-type': 'text/plain; charset=utf-8' });
        response.end('Too many pages are open\n');
        return;
      }
      if (watchers.size === 0) stream();
      const watcher = { response, started: false };
      watchers.add(watcher);
      response.once('close', () => watchers.delete(watcher));
      response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
      response.write('retry: 1000\n\n');
      schedule(0);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const { response } of watchers) response.end();
    },
  };
}

const stringify = (parts: Parts) =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, JSON.stringify(value)]));
const pick = (all: Record<string, string>, names: string[]) =>
  Object.fromEntries(names.map((name) => [name, all[name] ?? 'null']));
/** JSON has no line breaks of its own, so one `data:` line is enough. */
const message = (parts: Record<string, string>) =>
  `data: {${Object.entries(parts)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}\n\n`;
