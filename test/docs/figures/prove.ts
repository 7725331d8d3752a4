/** The last run of docs/guarantees.md, from test/prove/results.json. Pure. */
import type { KeptOutcome, ProveResults } from '../../prove/kept.ts';
import { header, outcomeRow } from '../../prove/table.ts';

/** @param scenarios names of all that there are now */
export function lastRun({ seed, machine, outcomes }: ProveResults, scenarios: readonly string[]): string {
  const days = [...new Set(outcomes.map(({ at }) => at.slice(0, 10)))].sort();
  const newer = scenarios.filter((name) => !outcomes.some((outcome) => outcome.name === name));
  return [
    `\`npm run prove\`, seed ${seed}; ${machine}; ${days.join(' and ')}.`,
    '',
    '```',
    header(),
    ...outcomes.map(outcomeRow),
    '',
    sum(outcomes),
    '```',
    ...(newer.length > 0
      ? ['', `Newer than this run: ${newer.map((name) => `\`${name}\``).join(', ')}.`]
      : []),
  ].join('\n');
}

function sum(outcomes: readonly KeptOutcome[]): string {
  const held = outcomes.filter(({ findings, notHere }) => findings.length === 0 && notHere === undefined);
  const seconds = outcomes.reduce((total, outcome) => total + outcome.seconds, 0);
  return `${held.length} of ${outcomes.length} held, in ${seconds.toFixed(0)} s.`;
}
