import { runRedrive } from '../../../infra/commands/redrive/redrive.ts';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';

export const redrive: Scenario = {
  name: 'redrive',
  title:
    'Batches end up in the failure bucket; npm run redrive brings their incidents back, and mails nothing twice',
  rings: ['BatchGivenUp'],
  async play(stage) {
    await stage.start({ 'AWS::Lambda::EventSourceMapping': { MaximumRetryAttempts: 1 } });
    const told = new Site('told', 3);
    const missed = Array.from({ length: 5 }, (_, i) => new Site(`missed-${i + 1}`, 3));
    await stage.send(told, HOT);
    await stage.mails(told.devices.length);
    const outage = stage.break({ on: 'dynamodb.Query', kind: 'internal-error' });
    await stage.send([told, ...missed], HOT);
    await stage.until('all of it is given up', () => given(stage) === missed.length + 1);
    stage.faults.clear(outage.id);
    await redriveAll(stage);
    // What is already done is not done again.
    await redriveAll(stage);
    await stage.send([told, ...missed], WELL);
    return { incidents: resolved(...told.devices, ...missed.flatMap(({ devices }) => devices)) };
  },
};

export const longOutage: Scenario = {
  name: 'long-outage',
  title:
    'SNS is down for longer than Lambda retries: the next batch sends what waited, a redrive sends nothing again',
  rings: ['BatchGivenUp'],
  async play(stage) {
    await stage.start({ 'AWS::Lambda::EventSourceMapping': { MaximumRetryAttempts: 0 } });
    const sites = Array.from({ length: 3 }, (_, i) => new Site(`unheard-${i + 1}`, 2));
    const outage = stage.break({ on: 'sns.Publish', kind: 'unavailable' });
    await stage.send(sites, HOT);
    await stage.until('all of it is given up', () => given(stage) === sites.length);
    stage.faults.clear(outage.id);
    await stage.send(sites, WELL);
    await stage.published('resolved', 6);
    await redriveAll(stage);
    return { incidents: resolved(...sites.flatMap(({ devices }) => devices)) };
  },
};

const given = (stage: Stage) =>
  stage.events.reduce((sum, event) => sum + (event.type === 'batch-abandoned' ? event.records : 0), 0);

export async function redriveAll(stage: Stage): Promise<void> {
  let said = '';
  const keep = (text: string) => {
    said += text;
  };
  const io = {
    stdout: keep,
    stderr: keep,
    stop: new AbortController().signal,
  };
  const code = await runRedrive(['--local', '--dir', stage.stateDir], io);
  if (code !== 0) throw new Error(`npm run redrive ended with ${code}: ${said}`);
}
