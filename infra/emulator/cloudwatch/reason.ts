/** The words in which CloudWatch gives the reason of a state. */
import type { Series } from './math/evaluate.ts';
import { COMPARISONS, type Comparison, type Condition, type MissingData, type Verdict } from './state.ts';

export const INITIAL_REASON = 'Unchecked: Initial alarm creation';

const WORDS: Record<Comparison, string> = {
  GreaterThanThreshold: 'greater than',
  GreaterThanOrEqualToThreshold: 'greater than or equal to',
  LessThanThreshold: 'less than',
  LessThanOrEqualToThreshold: 'less than or equal to',
};
const FILLED_AS: Partial<Record<MissingData, string>> = {
  breaching: 'Breaching',
  notBreaching: 'NonBreaching',
};

interface Judged {
  points: Series;
  condition: Condition;
  verdict: Verdict;
  /** When the period of a place in the range began. */
  startMs(place: number): number;
}

export function reasonOf(judged: Judged): string {
  const { verdict, condition, points } = judged;
  const { evaluated, filled, state } = verdict;
  if (state === 'INSUFFICIENT_DATA')
    return `Insufficient Data: ${count(points.length, 'datapoint')} were unknown.`;
  if (evaluated.length === 0) {
    const treated = FILLED_AS[condition.treatMissingData] ?? 'Ignored';
    const periods = condition.evaluationPeriods;
    return `Threshold Crossed: no datapoints were received for ${count(periods, 'period')} and ${count(filled, 'missing datapoint')} ${filled === 1 ? 'was' : 'were'} treated as [${treated}].`;
  }
  return `Threshold Crossed: ${crossed(judged)}.`;
}

/** Only points that agree with the state are named, the newest first. */
function crossed({ points, condition, verdict: { evaluated, state }, startMs }: Judged): string {
  const { comparison, threshold, evaluationPeriods: n, datapointsToAlarm: m } = condition;
  const alarm = state === 'ALARM';
  const agree = evaluated.filter((place) => COMPARISONS[comparison](points[place] ?? 0, threshold) === alarm);
  const shown = agree
    .toReversed()
    .map((place) => `${decimal(points[place] ?? 0)} (${stamp(startMs(place))})`)
    .join(', ');
  const were = agree.length === 1 ? 'was' : 'were';
  const needed = alarm ? m : n - m + 1;
  const direction = alarm ? 'OK -> ALARM' : 'ALARM -> OK';
  return `${agree.length} out of the last ${n} datapoints [${shown}] ${were} ${alarm ? '' : 'not '}${WORDS[comparison]} the threshold (${decimal(threshold)}) (minimum ${count(needed, 'datapoint')} for ${direction} transition)`;
}

const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
/** As Java prints a double. */
export const decimal = (value: number) => (Number.isInteger(value) ? value.toFixed(1) : String(value));

/** Day, month and year, as CloudWatch has it. */
function stamp(ms: number): string {
  const [date = '', time = ''] = new Date(ms).toISOString().split('T');
  const [year = '', month, day] = date.split('-');
  return `${day}/${month}/${year.slice(2)} ${time.slice(0, 8)}`;
}
