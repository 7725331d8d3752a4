import { Site } from '../producer.ts';
import { again, HOT, resolved, type Scenario, WELL } from '../scenario.ts';

export const backlog: Scenario = {
  name: 'backlog',
  title:
    'Nothing can be read for ten seconds while the fleet keeps sending: the backlog is worked off in order',
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 10 }, (_, i) => new Site(`waiting-${i + 1}`, 50));
    const [troubled] = sites as [Site];
    stage.break({ on: 'kinesis.GetRecords', kind: 'unavailable', duration: '10s' });
    for (let i = 0; i < 20; i++) await stage.send(sites, WELL);
    await stage.send(troubled, HOT);
    await stage.until('the stream can be read again', () => stage.faults.list().length === 0);
    await stage.send(sites, WELL);
    return { incidents: resolved(...troubled.devices) };
  },
};

const ROUNDS = 6;

export const foulWeather: Scenario = {
  name: 'foul-weather',
  title: 'A fifth of the calls fail: 500s, cut connections, slow answers, expired iterators',
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 6 }, (_, i) => new Site(`weather-${i + 1}`, 4));
    for (const on of ['kinesis.PutRecords', 'dynamodb.*'])
      stage.break({ on, kind: 'internal-error', share: 0.2 });
    stage.break({ on: 'kinesis.GetRecords', kind: 'expired-iterator', share: 0.1 });
    stage.break({ on: 'kinesis.GetShardIterator', kind: 'reset', share: 0.3 });
    stage.break({ on: 'kinesis.ListShards', kind: 'slow', share: 0.3, delay: '500ms' });
    const devices = sites.flatMap((site) => site.devices);
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const temperatures of [HOT, WELL]) await stage.send(sites, temperatures);
      await stage.published('resolved', round * devices.length);
    }
    const calm = stage.faults.list().filter(({ hits }) => hits === 0);
    if (calm.length > 0) throw new Error(`Never struck: ${calm.map(({ title }) => title).join(', ')}`);
    return { incidents: again(ROUNDS, resolved(...devices)) };
  },
};
