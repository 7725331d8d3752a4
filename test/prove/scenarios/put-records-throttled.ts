import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

export const putRecordsThrottled: Scenario = {
  name: 'put-throttled',
  title: 'PutRecords is partly throttled: refused entries are sent again, in each device’s order',
  quick: true,
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 8 }, (_, i) => new Site(`throttled-${i + 1}`, 3));
    const throttle = stage.break({ on: 'kinesis.PutRecords', kind: 'throttle', share: 0.3 });
    for (const temperatures of [HOT, WELL, WELL]) await stage.send(sites, temperatures);
    if (throttle.hits === 0) throw new Error('Nothing was throttled');
    return { incidents: resolved(...sites.flatMap(({ devices }) => devices)) };
  },
};
