/** Silence: by the devices' times, so a pipeline that stands still makes nobody silent. */
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { clientOptions } from '../../../infra/emulator/stack/client-options.ts';
import { Site } from '../producer.ts';
import { type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { underOwnClock, type WorldClock } from '../world-clock.ts';

const MINUTE_MS = 60_000;

/** What happens in each minute before the watchdog looks. */
type Minute = (minute: number) => Promise<void>;

export async function minutes(
  stage: Stage,
  clock: WorldClock,
  count: number,
  happens: Minute,
): Promise<void> {
  const lambda = new LambdaClient(clientOptions(stage.runtime.endpoint));
  const { resources } = stage.runtime;
  const watchdog = resources.find(
    ({ type, logicalId }) => type === 'AWS::Lambda::Function' && logicalId.startsWith('WatchdogFunction'),
  );
  if (!watchdog) throw new Error('The template has no watchdog');
  try {
    for (let minute = 0; minute < count; minute += 1) {
      await happens(minute);
      // As its schedule does, which knows only real minutes.
      const look = new InvokeCommand({ FunctionName: `Streamwatch-${watchdog.logicalId}`, Payload: '{}' });
      const { FunctionError, Payload } = await lambda.send(look);
      // What it could not do it says, and leaves for the next minute.
      if (FunctionError && stage.faults.list().length === 0)
        throw new Error(`The watchdog failed: ${Buffer.from(Payload ?? []).toString()}`);
      await clock.pass(MINUTE_MS);
    }
  } finally {
    lambda.destroy();
  }
}

export const siteOutage: Scenario = {
  name: 'site-outage',
  title: 'A site goes and comes back: one incident for the site, none for its devices',
  play: (stage) =>
    underOwnClock(stage, async (clock) => {
      await stage.start(clock.tuning);
      const [gone, speaking] = [new Site('gone', 5), new Site('speaking', 5)];
      await minutes(stage, clock, 30, async (minute) => {
        const isOff = minute >= 4 && minute < 20;
        await stage.send(isOff ? speaking : [gone, speaking], WELL);
      });
      await stage.published('resolved', 1);
      return { incidents: [{ device: '*', rule: 'site-silent', statuses: ['firing', 'resolved'] }] };
    }),
};

export const pipelineStandsStill: Scenario = {
  name: 'standstill',
  title: 'Nothing is evaluated for half an hour, then the backlog: no device and no site is called silent',
  play: (stage) =>
    underOwnClock(stage, async (clock) => {
      await stage.start(clock.tuning);
      const sites = Array.from({ length: 4 }, (_, i) => new Site(`site-${i + 1}`, 5));
      const allSpeak = () => stage.send(sites, WELL);
      await minutes(stage, clock, 5, allSpeak);
      const fault = stage.break({ on: 'kinesis.GetRecords', kind: 'unavailable' });
      await minutes(stage, clock, 30, allSpeak);
      if (fault.hits === 0) throw new Error('The stream was read all the same');
      stage.faults.clear();
      await minutes(stage, clock, 15, allSpeak);
      return { incidents: [] };
    }),
};
