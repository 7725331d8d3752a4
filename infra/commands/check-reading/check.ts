/** Lines and their verdicts. Pure. */
import {
  type LakeVerdict,
  type LineVerdict,
  lakeVerdictOn,
  verdictOn,
} from '../../../services/contract/line.ts';
import { METRICS, type Metric, valueOfMetric } from '../../../services/contract/reading.ts';
import type { Rule } from '../../../services/contract/rule.ts';
import { type CompiledRule, compileRule, isBreach } from '../../../services/detector/compile.ts';

type Refused = Exclude<LineVerdict, { verdict: 'blank' | 'evaluated' }>;

/** Told of a reading that is evaluated. */
interface Evaluated {
  verdict: 'evaluated';
  device_id: string;
  site_id: string;
  /** As they are evaluated. */
  values: Partial<Record<Metric, number>>;
  /** Rules that call it a breach. */
  breaches: string[];
}

export interface CheckedLine {
  /** From 1. */
  line: number;
  detector: Evaluated | Refused;
  lake: LakeVerdict;
}

/** @param nowMs when they would arrive, ms since the epoch */
export function checkLines(text: string, rules: readonly Rule[], nowMs: number): CheckedLine[] {
  const compiled = rules.map(compileRule);
  return text.split('\n').flatMap((line, i) => {
    const verdict = verdictOn(line, nowMs);
    if (verdict.verdict === 'blank') return [];
    const detector = verdict.verdict === 'evaluated' ? evaluated(verdict, compiled) : verdict;
    return [{ line: i + 1, detector, lake: lakeVerdictOn(line, nowMs) }];
  });
}

function evaluated(
  { verdict, reading }: Extract<LineVerdict, { verdict: 'evaluated' }>,
  rules: readonly CompiledRule[],
): Evaluated {
  const { device_id, site_id } = reading;
  const values = METRICS.map((metric) => [metric, valueOfMetric(reading, metric)] as const);
  const breaches = rules
    .filter((rule) => rule.appliesTo(site_id, device_id) && isBreach(reading, rule))
    .map(({ name }) => name);
  return {
    verdict,
    device_id,
    site_id,
    values: Object.fromEntries(values.filter(([, value]) => value !== undefined)),
    breaches,
  };
}
