/** What the detector did not evaluate, as it reports it: the first of each device and reason at once, then counts. */
import { VERDICTS, type Verdict } from '../../services/contract/advice.ts';
import { parseJson } from '../../services/contract/json.ts';
import { type Refusal, refusalSchema } from '../../services/contract/refusal.ts';
import { plural } from '../cli/text.ts';
import type { PublishedMessage } from '../emulator/base/events.ts';
import type { NotEvaluated } from './console/page-state.ts';

/** Devices and reasons that are told apart. */
const MAX_GROUPS = 1_000;
/** Reports that are remembered: a batch that is repeated reports again. */
const MAX_REPORTS = 10_000;

const DONE: Record<Verdict, string> = {
  refused: 'refused',
  foreign: 'from another site than their record says, not evaluated',
  skewed: 'skewed, not evaluated',
  late: 'late or repeated, not evaluated',
  'set-back': 'from a clock that was set back',
  'sent-ahead': 'in a day to come of the lake',
};

export class NotEvaluatedLog {
  readonly #groups = new Map<string, NotEvaluated>();
  readonly #reports = new Set<string>();
  readonly #counts = new Map<Verdict, number>();
  readonly #say: (text: string) => void;

  /** @param say is told of the first reading of each device and reason, of the tenth, the hundredth … */
  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  /** Notes the refusals of a message, if it carries any. */
  append = ({ defaultBody }: PublishedMessage): void => {
    for (const line of defaultBody.split('\n')) for (const refusal of refusalsIn(line)) this.#add(refusal);
  };

  /** Readings since the start. */
  counts(): Partial<Record<Verdict, number>> {
    return Object.fromEntries(
      VERDICTS.flatMap((verdict) => {
        const count = this.#counts.get(verdict);
        return count === undefined ? [] : [[verdict, count]];
      }),
    );
  }

  /** Most first. */
  list(): NotEvaluated[] {
    return [...this.#groups.values()].toSorted((a, b) => b.readings - a.readings);
  }

  #add({ refusal_id, verdict, device_id, site_id, reason, advice, readings, at }: Refusal): void {
    if (this.#reports.has(refusal_id)) return;
    if (this.#reports.size >= MAX_REPORTS) this.#reports.clear();
    this.#reports.add(refusal_id);
    this.#counts.set(verdict, (this.#counts.get(verdict) ?? 0) + readings);
    const key = [verdict, site_id, device_id, reason].join('\n');
    const before = this.#groups.get(key)?.readings ?? 0;
    if (before === 0 && this.#groups.size >= MAX_GROUPS) return;
    const group = { verdict, device_id, site_id, reason, advice, readings: before + readings, at };
    this.#groups.set(key, group);
    if (magnitude(group.readings) > magnitude(before)) this.#say(sentence(group, before === 0));
  }
}

const magnitude = (readings: number) => String(readings).length - (readings === 0 ? 1 : 0);

function sentence({ device_id, site_id, verdict, readings, reason, advice }: NotEvaluated, first: boolean) {
  const who = device_id === undefined ? 'A device that its line does not name' : device_id;
  const where = site_id === undefined ? who : `${who} (${site_id})`;
  const what = `${where}: ${plural(readings, 'reading')} ${DONE[verdict]}`;
  // A field keeps its name.
  const why = /^\w+:/.test(reason) ? reason : reason.charAt(0).toUpperCase() + reason.slice(1);
  return first ? `${what}. ${why}. ${advice}.` : `${what} by now: ${reason}.`;
}

/** A line of anything else than a refusal is passed over. */
function refusalsIn(line: string): Refusal[] {
  const refusal = line.includes('"refusal_id"') ? parseJson(line, refusalSchema) : undefined;
  return refusal ? [refusal] : [];
}
