import type { FaultInput } from '../../../infra/emulator/faults/fault.ts';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const MINUTE_MS = 60_000;

/** The detector's steps, by their calls: read, write, take a turn, publish, mark. A mark is the third write. */
const STEPS: { step: string; at: Pick<FaultInput, 'on' | 'after' | 'skip'>; mailedAlready?: true }[] = [
  { step: 'before it reads', at: { on: 'dynamodb.Query' } },
  { step: 'after it has read', at: { on: 'dynamodb.Query', after: true } },
  { step: 'before it writes', at: { on: 'dynamodb.PutItem' } },
  { step: 'after it has written', at: { on: 'dynamodb.PutItem', after: true } },
  { step: 'before it takes a turn', at: { on: 'dynamodb.PutItem', skip: 1 } },
  { step: 'after it has taken a turn', at: { on: 'dynamodb.PutItem', skip: 1, after: true } },
  { step: 'before it publishes', at: { on: 'sns.Publish' } },
  { step: 'after it has published', at: { on: 'sns.Publish', after: true }, mailedAlready: true },
  { step: 'before it marks', at: { on: 'dynamodb.PutItem', skip: 2 }, mailedAlready: true },
  { step: 'after it has marked', at: { on: 'dynamodb.PutItem', skip: 2, after: true } },
];

function functionEnds(name: string, kind: 'crash' | 'time-out' | 'out-of-memory', how: string): Scenario {
  return {
    name,
    title: `The detector ${how}, at each of its steps, before and after: no incident is lost or duplicated`,
    rings: ['DetectorErrors'],
    async play(stage) {
      await stage.start();
      const minute = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
      const sites = STEPS.map((_, i) => new Site(`step-${i + 1}`, 1, () => minute));
      // The first readings of a site are followed by writes that no later batch makes: all are made within a minute, in
      // which no site is noted again and no model looked at, however long this run takes.
      await stage.send(sites, WELL);
      await stage.until('the sites are known', () => writesOf(stage) >= FIRST_WRITES * sites.length);
      for (const [i, { step, at }] of STEPS.entries()) {
        const site = sites[i] as Site;
        await endOnce(stage, { ...at, kind }, step, () => stage.send(site, HOT));
        await stage.until(
          `the incident is told, ended ${step}`,
          () => stage.runtime.counts().mails >= mailsAfter(i),
        );
      }
      await stage.send(sites, WELL);
      return {
        incidents: resolved(...sites.flatMap(({ devices }) => devices)),
        mailRepeats: STEPS.filter(({ mailedAlready }) => mailedAlready).length,
      };
    },
  };
}

/** Of a new site: its roster, its front, and the model of its devices. */
const FIRST_WRITES = 3;

/** New items are inserted, by themselves or with those of other sites. */
function writesOf(stage: Stage): number {
  const calls = stage.runtime.counts().functionCalls;
  return (calls['dynamodb.PutItem'] ?? 0) + (calls['dynamodb.PartiQLInsert'] ?? 0);
}

/** Openings mailed once the steps up to this one are played; two where a mail could not be known to be sent. */
const mailsAfter = (step: number) =>
  STEPS.slice(0, step + 1).reduce((sum, { mailedAlready }) => sum + (mailedAlready ? 2 : 1), 0);

async function endOnce(
  stage: Stage,
  fault: FaultInput,
  step: string,
  work: () => Promise<void>,
): Promise<void> {
  const active = stage.break({ ...fault, times: 1 });
  await work();
  await stage.until(`the function is ended ${step}`, () => active.hits === 1);
}

export const lambdaCrash = functionEnds('lambda-crash', 'crash', 'crashes');
export const lambdaTimeOut = functionEnds('lambda-time-out', 'time-out', 'is out of time');
export const lambdaOutOfMemory = functionEnds('lambda-memory', 'out-of-memory', 'is out of memory');
