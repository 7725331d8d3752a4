/** The running commentary of a session: news at once, routine counted, storms cut short. */
import type { EventBus, RuntimeEvent } from './events.ts';
import { entry, eventLines, number, type Paint, plural } from './screen.ts';

/** Routine invocations are one line in this time. */
const ROUTINE_MS = 10_000;
/** As many lines of one kind are shown in one second; the rest of that second is counted. */
const LINES_PER_SECOND = 5;

export interface Feed {
  /** Says what was only counted so far. */
  flush(): void;
}

export function startFeed(
  bus: EventBus,
  say: (...lines: string[]) => void,
  paint: Paint,
  now = Date.now,
): Feed {
  const routine = { invocations: 0, records: 0, since: now() };
  const burst = { second: 0, shown: new Map<string, number>(), hidden: new Map<string, number>() };
  const time = () => new Date(now()).toTimeString().slice(0, 8);

  function sayRoutine(): void {
    if (routine.invocations > 0) {
      const text = `${plural(routine.invocations, 'invocation')}, ${plural(routine.records, 'record')}`;
      say(...entry(time(), 'detector', text, paint));
    }
    Object.assign(routine, { invocations: 0, records: 0, since: now() });
  }

  function sayHidden(): void {
    for (const [type, count] of burst.hidden) {
      say(...entry(time(), LABELS[type] ?? type, `… and ${number(count)} more`, paint));
    }
    burst.hidden.clear();
    burst.shown.clear();
  }

  function onEvent(event: RuntimeEvent): void {
    const second = Math.floor(now() / 1000);
    if (second !== burst.second) {
      burst.second = second;
      sayHidden();
    }
    if (event.type === 'invocation' && event.outcome === 'ok') {
      routine.invocations += 1;
      routine.records += event.records;
      if (now() - routine.since >= ROUTINE_MS) sayRoutine();
      return;
    }
    const shown = burst.shown.get(event.type) ?? 0;
    if (shown >= LINES_PER_SECOND) {
      burst.hidden.set(event.type, (burst.hidden.get(event.type) ?? 0) + 1);
      return;
    }
    burst.shown.set(event.type, shown + 1);
    say(...eventLines(event, time(), paint));
  }

  bus.on('event', onEvent);
  return {
    flush() {
      sayHidden();
      sayRoutine();
    },
  };
}

const LABELS: Partial<Record<string, string>> = {
  invocation: 'detector',
  'batch-abandoned': 'detector',
  mail: 'e-mail',
  query: 'athena',
};
