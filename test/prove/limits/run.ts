/** The limits as commands of `npm run prove`: `--ramp`, `--soak` and `--rough`. They say what they found on stderr. */
import { BOUND_MS, ramp, type Step } from './ramp.ts';
import { rough } from './rough.ts';
import { soak } from './soak.ts';

const say = (text: string) => process.stderr.write(`${text}\n`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
const SAY_EVERY_SECONDS = 30;

/** @returns what is to be printed as JSON, and whether it held */
export async function runRamp(assembly: string, seed: number): Promise<{ held: boolean; result: object }> {
  say('readings/s    reached   batch age: median    at most   sustained');
  const { steps, verdict } = await ramp(assembly, seed, (step) => say(stepRow(step)));
  const best = steps.findLast((step) => step.sustained);
  say(
    `\nSustained: ${best?.target ?? 'less than the first'} readings/s, no batch older than ${seconds(BOUND_MS)}.`,
  );
  sayVerdict(verdict.findings, verdict.figures.sent);
  return { held: verdict.findings.length === 0 && best !== undefined, result: { ramp: steps, verdict } };
}

const stepRow = ({ target, reached, medianAgeMs, maxAgeMs, sustained }: Step) =>
  [
    String(target).padStart(10),
    reached.toFixed(0).padStart(10),
    seconds(medianAgeMs).padStart(20),
    seconds(maxAgeMs).padStart(10),
    (sustained ? 'yes' : 'no').padStart(11),
  ].join(' ');

/** @returns what is to be printed as JSON, and whether it held */
export async function runSoak(
  assembly: string,
  seed: number,
  durationMs: number,
): Promise<{ held: boolean; result: object }> {
  let nextSeconds = 0;
  const result = await soak(assembly, seed, durationMs, (atSeconds, megabytes) => {
    if (atSeconds < nextSeconds) return;
    nextSeconds += SAY_EVERY_SECONDS;
    say(`${atSeconds.toFixed(0).padStart(5)} s ${megabytes.toFixed(0).padStart(6)} MB`);
  });
  const { readingsPerSecond, quarterMb, maxAgeMs, verdict } = result;
  say(
    `\n${readingsPerSecond.toFixed(0)} readings/s for ${seconds(durationMs)}; oldest batch ${seconds(maxAgeMs)}.`,
  );
  say(`Memory, median of each quarter: ${quarterMb.map((mb) => mb.toFixed(0)).join(', ')} MB.`);
  const { opened, resolved, mails, repeatedMails } = verdict.figures;
  say(
    `Incidents opened ${opened}, resolved ${resolved}; ${mails} mails, ${repeatedMails} transitions told again.`,
  );
  sayVerdict(verdict.findings, verdict.figures.sent);
  return { held: verdict.findings.length === 0, result };
}

/** @returns what is to be printed as JSON, and whether it held */
export async function runRough(
  assembly: string,
  seed: number,
  durationMs: number,
): Promise<{ held: boolean; result: object }> {
  const result = await rough(assembly, seed, durationMs, (atSeconds, what) =>
    say(`${atSeconds.toFixed(0).padStart(5)} s  ${what}`),
  );
  const { readingsPerSecond, troubles, notHere, verdict } = result;
  const counted = Object.entries(troubles).map(([name, times]) => `${times} × ${name}`);
  say(`\n${readingsPerSecond.toFixed(0)} readings/s for ${seconds(durationMs)}, with ${counted.join(', ')}.`);
  if (notHere !== undefined) say(`No disk was filled: ${notHere}`);
  const { opened, resolved, mails, repeatedMails } = verdict.figures;
  say(
    `Incidents opened ${opened}, resolved ${resolved}; ${mails} mails, ${repeatedMails} transitions told again.`,
  );
  sayVerdict(verdict.findings, verdict.figures.sent);
  return { held: verdict.findings.length === 0, result };
}

function sayVerdict(findings: readonly string[], sent: number): void {
  if (findings.length === 0) say(`Ledger: all ${sent} readings are where they belong.`);
  for (const finding of findings) say(`RED: ${finding}`);
}
