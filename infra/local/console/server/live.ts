/**
 * Server-sent events: first every part, then once a second the parts that have changed. A page that cannot keep up is
 * disconnected; its EventSource reconnects by itself and receives everything again.
 */
import type { ServerResponse } from 'node:http';

interface LiveOptions {
  /**
   * The page's state; each property is a part, all JSON. A part is sent again when it has changed. Called once a second
   * while a page is open.
   */
  parts(): Promise<object>;
  /** Parts that are sent every second; called once more when the first page connects. */
  stream(): object;
  /** Called when `parts` begins to fail; returns parts to send instead. */
  onFailure(error: unknown): object;
  periodMs?: number;
}

export interface Live {
  join(response: ServerResponse, headers: Record<string, string>): void;
  close(): void;
}

const PERIOD_MS = 1_000;
const MAX_WATCHERS = 20;
/** Bytes that may wait for a page. */
const MAX_BACKLOG = 2_000_000;

interface Watcher {
  response: ServerResponse;
  /** Whether it has received everything, so that changes are enough. */
  started: boolean;
}

/** Name → JSON. */
type Parts = Record<string, string>;

export function openLive({ parts, stream, onFailure, periodMs = PERIOD_MS }: LiveOptions): Live {
  const watchers = new Set<Watcher>();
  const sent: Parts = {};
  let failing = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  /** The parts to send now, and whether they are complete. */
  async function gather(): Promise<{ now: Parts; whole: boolean }> {
    try {
      const now = toJson(await parts());
      failing = false;
      return { now, whole: true };
    } catch (error) {
      const now = failing ? {} : toJson(onFailure(error));
      failing = true;
      return { now, whole: false };
    }
  }

  async function tick(): Promise<void> {
    const { now, whole } = await gather();
    const changed = Object.fromEntries(Object.entries(now).filter(([name, json]) => sent[name] !== json));
    const delta = message({ ...changed, ...toJson(stream()) });
    for (const watcher of watchers) {
      if (watcher.started) write(watcher, delta);
      else if (whole) write(watcher, message(now));
      watcher.started ||= whole;
    }
    Object.assign(sent, changed);
  }

  function schedule(delayMs: number): void {
    if (timer || closed) return;
    timer = setTimeout(async () => {
      await tick();
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

function write({ response }: Watcher, text: string): void {
  if (response.writableLength > MAX_BACKLOG) response.destroy();
  else response.write(text);
}

const toJson = (parts: object): Parts =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, JSON.stringify(value ?? null)]));

/** JSON without indentation has no line breaks, so one `data:` line is enough. */
const message = (parts: Parts) =>
  `data: {${Object.entries(parts)
    .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
    .join(',')}}\n\n`;
