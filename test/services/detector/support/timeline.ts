/**
 * A story about one device and one rule: time, value, the state afterwards, and the alerts, one line each. The detector
 * tells the story again, and it must come out the same: what is not written must not happen.
 */
import { metricOf } from '../../../../services/contract/rule.ts';
import { compileRule } from '../../../../services/detector/compile.ts';
import { detect } from '../../../../services/detector/detect.ts';
import type { Incident } from '../../../../services/detector/incident.ts';
import { reading } from './batch.ts';
import { rules } from './harness.ts';

/** `told` is the story as written, `happened` is what the detector makes of it. */
export function story(rule: Record<string, unknown>, text: string): { told: string[]; happened: string[] } {
  const told = text
    .trim()
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s+/g, ' '));
  const [parsed] = rules(rule);
  if (parsed === undefined) throw new Error('A story needs a rule');
  const compiled = compileRule(parsed);
  let incident: Incident | undefined;
  const happened = told.map((line) => {
    const [time = '', value = ''] = line.split(' ');
    const step = detect(incident, reading(time, { [metricOf(parsed) ?? '']: Number(value) }), compiled);
    incident = step.incident;
    const words = [time, value, incident?.state ?? 'normal'];
    if (step.late) words.push('late');
    if (step.transition) {
      const { status, severity, startedAt, peak } = step.transition;
      words.push(`${status.toUpperCase()} ${severity} since ${startedAt.slice(11, 19)} peak ${peak}`);
    }
    return words.join(' ');
  });
  return { told, happened };
}
