/** Verdicts as people read them. */

import type { LakeVerdict } from '../../../services/contract/line.ts';
import { METRIC_FIELDS, type Metric } from '../../../services/contract/reading.ts';
import { plural, wrap } from '../../cli/text.ts';
import type { CheckedLine } from './check.ts';

/** Lines that are told one by one; the others are counted. */
const MAX_TOLD = 100;

export function render(checked: readonly CheckedLine[]): string {
  const told = checked.slice(0, MAX_TOLD).flatMap(linesOf);
  const more = checked.length - MAX_TOLD;
  const evaluated = checked.filter(({ detector }) => detector.verdict === 'evaluated').length;
  const rows = checked.filter(({ lake }) => lake.stored === 'row').length;
  const sum = [
    `${plural(checked.length, 'line')}: ${evaluated} evaluated, ${checked.length - evaluated} not;`,
    `${plural(rows, 'row')} in the lake, ${checked.length - rows} under the error prefix`,
  ].join(' ');
  return `${[...told, ...(more > 0 ? [`… and ${plural(more, 'more line')}`] : []), sum].join('\n')}\n`;
}

function linesOf({ line, detector, lake }: CheckedLine): string[] {
  const { device_id = '?', site_id = '?', verdict } = detector;
  const head = `line ${line}  ${device_id} (${site_id})  ${verdict}`;
  const detail =
    detector.verdict === 'evaluated'
      ? [
          `${valuesOf(detector.values)}; ${detector.breaches.length > 0 ? `breaches ${detector.breaches.join(', ')}` : 'no rule is breached'}`,
        ]
      : [detector.reason, `${detector.advice}.`];
  return [head, ...[...detail, lakeLine(lake)].flatMap((text) => wrap(text, '  '))];
}

const valuesOf = (values: Partial<Record<Metric, number>>) =>
  (Object.entries(values) as [Metric, number][])
    .map(([metric, value]) => `${metric} ${value} ${METRIC_FIELDS[metric].unit}`)
    .join(', ');

function lakeLine(lake: LakeVerdict): string {
  if (lake.stored === 'error') return `lake: under the error prefix, ${lake.reason}`;
  const { hour, nulls, dropped, ahead } = lake;
  const parts = [
    `lake: a row in dt=${hour.slice(0, 10)}/hour=${hour.slice(11)}`,
    ...(ahead ? ['which queries see when that day has come'] : []),
    ...(nulls.length > 0 ? [`NULL in ${nulls.join(', ')}`] : []),
    ...(dropped.length > 0 ? [`without ${dropped.join(', ')}`] : []),
  ];
  return parts.join('; ');
}
