/** What a page's main thread does, in ms of CPU, from Chromium's own trace: a busy machine makes frames late, not dear. */
import type { Page } from 'playwright-core';

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** Microseconds. */
  ts: number;
  dur?: number;
  /** Of CPU. */
  tdur?: number;
  args?: { name?: string; data?: { functionName?: string; url?: string; type?: string } };
}

export interface Task {
  /** Of CPU. */
  ms: number;
  /** What it did, the dearest first. */
  parts: [name: string, ms: number][];
}

const CATEGORIES = ['toplevel', 'devtools.timeline', 'v8', 'blink.user_timing'];
const MAIN = 'CrRendererMain';
const TASK = /RunTask$/;
/** Worth a name. */
const LEAST_MS = 1;

/** The tasks of the page's main thread while `work` goes on, the longest first. */
export async function tasksOf(page: Page, work: () => Promise<void>): Promise<Task[]> {
  const browser = page.context().browser();
  if (!browser) throw new Error('Expected a page of a browser');
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  return busiest(traceEvents);
}

/** Of several renderers, the one that worked most. */
function busiest(events: readonly TraceEvent[]): Task[] {
  const threads = events.filter(
    ({ ph, name, args }) => ph === 'M' && name === 'thread_name' && args?.name === MAIN,
  );
  const all = threads.map(({ pid, tid }) =>
    tasksIn(events.filter((one) => one.pid === pid && one.tid === tid)),
  );
  return all.sort((a, b) => sum(b) - sum(a))[0] ?? [];
}

const sum = (tasks: readonly Task[]) => tasks.reduce((total, { ms }) => total + ms, 0);

function tasksIn(events: readonly TraceEvent[]): Task[] {
  const whole = events.filter(({ ph, tdur }) => ph === 'X' && tdur !== undefined);
  const tasks = whole.filter(({ name }) => TASK.test(name));
  return tasks
    .map((task) => ({
      ms: (task.tdur ?? 0) / 1000,
      parts: whole
        .filter((one) => one !== task && one.ts >= task.ts && one.ts < task.ts + (task.dur ?? 0))
        .map((one): [string, number] => [nameOf(one), (one.tdur ?? 0) / 1000])
        .filter(([, ms]) => ms >= LEAST_MS)
        .sort(([, a], [, b]) => b - a),
    }))
    .sort((a, b) => b.ms - a.ms);
}

function nameOf({ name, args }: TraceEvent): string {
  const { functionName, url = '', type } = args?.data ?? {};
  const what = [functionName, url.split('/').pop(), type].filter(Boolean).join(' ');
  return what === '' ? name : `${name} (${what})`;
}
