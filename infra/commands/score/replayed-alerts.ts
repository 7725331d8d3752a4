/** The alerts that rules would have sent for a file of readings, by the detector's own fold. */
import { compileRule } from '../../../services/detector/compile.ts';
import { loadRules } from '../../cli/rules.ts';
import { linesOf, openText } from '../../cli/series/text.ts';
import { plural } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { parseLine } from '../backtest/files.ts';
import { createReplay } from '../backtest/replay.ts';
import type { ScoredAlert } from './match.ts';

/**
 * Readings are taken in the order of the file, as a stream would have brought them, and never kept.
 * @param say tells of lines that are not readings
 * @throws UserError, a misuse
 */
export async function alertsOfReadings(
  file: string,
  rules: string,
  say: (text: string) => void,
): Promise<ScoredAlert[]> {
  const replay = createReplay(loadRules(rules).map(compileRule));
  let taken = 0;
  let skipped = 0;
  let firstProblem = `${file} is empty`;
  for await (const line of linesOf(await openText(file))) {
    if (line.trim() === '') continue;
    const reading = parseLine(line);
    if (typeof reading !== 'string') {
      replay.take(reading);
      taken += 1;
    } else if (skipped++ === 0) firstProblem = `${file} line ${taken + 1}: ${reading}`;
  }
  if (taken === 0) throw UserError.misuse(`Expected readings as simulate --out writes them. ${firstProblem}`);
  if (skipped > 0) say(`${plural(skipped, 'line')} left out. ${firstProblem}`);
  return replay.incidents().map(({ incident_id, site_id, device_id, metric, fired_at }) => ({
    ...{ incident_id, status: 'firing', site_id, device_id, metric, at: fired_at },
  }));
}
