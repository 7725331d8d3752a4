/**
 * The seam between the fold and the kinds of rules: what every kind must say about itself. Each kind has a file,
 * `*-kind.ts`; compile.ts chooses by the rule's `kind`.
 */
import type { Alert, AlertStatus } from '../contract/alert.ts';
import type { Metric, Range, Reading } from '../contract/reading.ts';
import type { Rule, Severity } from '../contract/rule.ts';
import type { Basis, Incident } from './incident.ts';
import type { Mark } from './mark.ts';
import type { Span } from './span.ts';
import type { DatedOutlook } from './usual.ts';

export interface CompiledRule {
  readonly rule: Rule;
  readonly name: string;
  /** Null for a kind that looks at no metric. */
  readonly metric: Metric | null;
  /** How long a pending incident may have to wait. */
  readonly forMs: number;
  /** Older alerts are stale, ms. */
  readonly notifyWithinMs: number;
  /** From one reminder of an open incident to the next, ms; undefined without reminders. */
  readonly repeatEveryMs: number | undefined;
  appliesTo(siteId: string, deviceId: string): boolean;
  /** What the rule looks at; undefined where the reading has nothing for it. */
  valueOf(reading: Reading): number | undefined;
  /** Does this value open an incident, or begin to, whatever came before? Never for kinds that need a past. */
  breaches(value: number): boolean;
  /** No value strictly between these two breaches. */
  readonly quietRange: Range;
  /** May what a model says of a reading open an incident, or begin to? Never for kinds that have no model. */
  isNews(outlook: DatedOutlook): boolean;
  /** One reading further, of a device in its own order. Pure. */
  evaluate(incident: Incident | undefined, seen: Seen): Step;
  /** Is `a` further from well than `b`? For the order of a digest. */
  isWorse(a: number, b: number): boolean;
  /** What alerts say that the value is compared with. */
  comparison(severity: Severity, basis: Basis | undefined): Comparison;
}

/** What a kind says about itself; the rest is the same for all. */
export type CompiledKind = Omit<CompiledRule, 'appliesTo' | 'notifyWithinMs' | 'repeatEveryMs' | 'isNews'> &
  Partial<Pick<CompiledRule, 'isNews'>>;

/** A reading as a kind looks at it. */
export interface Seen {
  reading: Reading;
  value: number;
  /** Where the incident stands if the reading matters. */
  mark: Mark;
  /** What this environment's memory suspects because of this reading. */
  suspicion?: Suspicion | undefined;
  /** How far the value is from the one before; undefined where that is not known. */
  step?: number | undefined;
  /** What the model of the device says, where it was looked at with this reading. */
  outlook?: DatedOutlook | undefined;
}

/** Lossy: another environment, or this one after a restart, suspects it later. */
export interface Suspicion {
  basis: Basis;
  /** What the alert says, should this reading open the incident. */
  value: number;
}

/** For a kind that needs a past: no value by itself opens anything. */
export const NEVER_BREACHES = {
  breaches: () => false,
  quietRange: { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
  isWorse: (a: number, b: number) => a > b,
};

/** Columns of an alert. */
export type Comparison = Pick<Alert, 'operator' | 'threshold' | 'normal' | 'band_min' | 'band_max'>;

/** A change that people hear of. */
export interface Transition {
  status: AlertStatus;
  incidentId: string;
  severity: Severity;
  startedAt: string;
  peak: number;
  /** The reading that caused it. */
  at: string;
  value: number;
  /** Of that reading, and of those that opened the incident. */
  span: Span;
  basis?: Basis | undefined;
  /** How it ended, where that is not usual. */
  note?: string;
  /** Of a reminder: which one it is. */
  count?: string;
}

export interface Step {
  /** The very object that came in when the reading changed nothing. */
  incident: Incident | undefined;
  transition?: Transition;
  /** The reading came late or twice, and was not evaluated. */
  late?: true;
  /** The device's clock had been set back before this reading. */
  setBack?: true;
}
