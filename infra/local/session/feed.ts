/** The events of a session as lines: news at once, routine as counts, and a storm of events as one count. */
import { formatNumber, plural } from '../../cli/text.ts';
import { type Clock, systemClock } from '../../emulator/base/clock.ts';
import type { EventBus, RuntimeEvent } from '../../emulator/base/events.ts';
import { entry, eventLines, type Paint } from './screen.ts';

/** Routine invocations, and events that are not shown, become one line in each window. */
const WINDOW_MS = 10_000;
/** Events of one kind shown in a window; further ones are counted. */
const SHOWN_PER_WINDOW = 5;

export interface Feed {
  /** Prints the counts of windows that are over; also called once a second by a timer. */
  tick(): void;
  /** Prints all counts, and ends. */
  flush(): void;
}

interface Kind {
  since: number;
  shown: number;
  hidden: number;
  /** After a window with hidden events, the next windows print only a count, and notices of another form. */
  storm: boolean;
  /** Forms of the notices that were shown. */
  forms: Set<string>;
}

export function startFeed(
  bus: EventBus,
  say: (...lines: string[]) => void,
  paint: Paint,
  clock: Pick<Clock, 'now' | 'elapsed'> = systemClock,
): Feed {
  const elapsed = () => clock.elapsed();
  const routine = { invocations: 0, records: 0, since: elapsed() };
  const kinds = new Map<string, Kind>();
  const time = () => new Date(clock.now()).toTimeString().slice(0, 8);

  function sayRoutine(): void {
    if (routine.invocations > 0) {
      const text = `${plural(routine.invocations, 'invocation')}, ${plural(routine.records, 'record')}`;
      say(...entry(time(), 'detector', text, paint, 'dim'));
    }
    Object.assign(routine, { invocations: 0, records: 0, since: elapsed() });
  }

  function sayHidden(name: string, kind: Kind): void {
    if (kind.hidden === 0) return;
    const seconds = Math.max(1, Math.round((elapsed() - kind.since) / 1000));
    const text = `… ${formatNumber(kind.hidden)} more in ${seconds} s`;
    say(...entry(time(), LABELS[name] ?? name, text, paint, 'dim'));
  }

  function tick(): void {
    if (elapsed() - routine.since >= WINDOW_MS) sayRoutine();
    for (const [name, kind] of kinds) {
      if (elapsed() - kind.since < WINDOW_MS) continue;
      sayHidden(name, kind);
      if (kind.hidden > 0) Object.assign(kind, { since: elapsed(), shown: 0, hidden: 0, storm: true });
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
    const kind = kinds.get(event.type) ?? newKind(elapsed());
    kinds.set(event.type, kind);
    const form = formOf(event);
    const isNews = form !== undefined && !kind.forms.has(form);
    if ((kind.storm && !isNews) || kind.shown >= SHOWN_PER_WINDOW) {
      kind.hidden += 1;
      return;
    }
    if (form !== undefined) kind.forms.add(form);
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

const newKind = (since: number): Kind => ({
  ...{ since, shown: 0, hidden: 0, storm: false },
  forms: new Set(),
});

/** A notice without its numbers: the tenth attempt at the same is not news, what else happens is. */
const formOf = (event: RuntimeEvent): string | undefined =>
  event.type === 'notice' ? event.text.replaceAll(/\d+/g, '#') : undefined;

const LABELS: Partial<Record<string, string>> = {
  invocation: 'detector',
  'batch-abandoned': 'detector',
  mail: 'e-mail',
  query: 'athena',
  notice: 'notices',
};
