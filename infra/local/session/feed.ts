/** The running commentary of a session: news at once, routine counted, a storm one line that counts. */
import type { EventBus, RuntimeEvent } from '../../emulator/base/events.ts';
import { entry, eventLines, number, type Paint, plural } from './screen.ts';

/** Routine invocations, and what a storm goes on with, are one line in this time. */
const WINDOW_MS = 10_000;
/** As many things of one kind are shown in one window; the rest of it is counted. */
const SHOWN_PER_WINDOW = 5;

export interface Feed {
  /** Says what was only counted and whose window is over; called once a second by itself. */
  tick(): void;
  /** Says what was only counted so far, and ends. */
  flush(): void;
}

interface Kind {
  since: number;
  shown: number;
  hidden: number;
  /** Did the window before end in a storm? Then only its count is said, not each beginning anew. */
  storm: boolean;
}

export function startFeed(
  bus: EventBus,
  say: (...lines: string[]) => void,
  paint: Paint,
  now = Date.now,
): Feed {
  const routine = { invocations: 0, records: 0, since: now() };
  const kinds = new Map<string, Kind>();
  const time = () => new Date(now()).toTimeString().slice(0, 8);

  function sayRoutine(): void {
    if (routine.invocations > 0) {
      const text = `${plural(routine.invocations, 'invocation')}, ${plural(routine.records, 'record')}`;
      say(...entry(time(), 'detector', text, paint, 'dim'));
    }
    Object.assign(routine, { invocations: 0, records: 0, since: now() });
  }

  function sayHidden(name: string, kind: Kind): void {
    if (kind.hidden === 0) return;
    const seconds = Math.max(1, Math.round((now() - kind.since) / 1000));
    const text = `… ${number(kind.hidden)} more in ${seconds} s`;
    say(...entry(time(), LABELS[name] ?? name, text, paint, 'dim'));
  }

  function tick(): void {
    if (now() - routine.since >= WINDOW_MS) sayRoutine();
    for (const [name, kind] of kinds) {
      if (now() - kind.since < WINDOW_MS) continue;
      sayHidden(name, kind);
      if (kind.hidden > 0) Object.assign(kind, { since: now(), shown: 0, hidden: 0, storm: true });
      else kinds.delete(name);
    }
  }

  function onEvent(event: RuntimeEvent): void {
    tick();
    if (event.type === 'invocation' && event.outcome === 'ok') {
      routine.invocations += 1;
      routine.records += event.records;
      return;
    }
    const kind = kinds.get(event.type) ?? { since: now(), shown: 0, hidden: 0, storm: false };
    kinds.set(event.type, kind);
    if (kind.storm || kind.shown >= SHOWN_PER_WINDOW) {
      kind.hidden += 1;
      return;
    }
    kind.shown += 1;
    say(...eventLines(event, time(), paint));
  }

  bus.on('event', onEvent);
  const timer = setInterval(tick, 1_000);
  timer.unref();
  return {
    tick,
    flush() {
      clearInterval(timer);
      bus.off('event', onEvent);
      for (const [name, kind] of kinds) sayHidden(name, kind);
      sayRoutine();
    },
  };
}

const LABELS: Partial<Record<string, string>> = {
  invocation: 'detector',
  'batch-abandoned': 'detector',
  mail: 'e-mail',
  query: 'athena',
  notice: 'notices',
};
