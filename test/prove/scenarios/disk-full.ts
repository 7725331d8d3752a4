import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

export const diskFull: Scenario = {
  name: 'disk-full',
  title: 'The lake’s disk is full for a while: delivery waits, and nothing is missing afterwards',
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 4 }, (_, i) => new Site(`full-${i + 1}`, 20));
    const full = stage.break({ on: 's3.PutObject', kind: 'disk-full', duration: '8s' });
    for (const temperatures of [HOT, WELL, WELL]) await stage.send(sites, temperatures);
    await stage.until('there is space again', () => stage.faults.list().length === 0);
    if (full.hits === 0) throw new Error('Nothing was written while the disk was full');
    await stage.send(sites, WELL);
    return { incidents: resolved(...sites.flatMap(({ devices }) => devices)) };
  },
};
