import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

const DOWN_SECONDS = 60;

export const snsDown: Scenario = {
  name: 'sns-down',
  title: `SNS is down for ${DOWN_SECONDS} s during a storm: every alert waits, and each comes once`,
  rings: ['AlertsNotPublished'],
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 6 }, (_, i) => new Site(`storm-${i + 1}`, 10));
    stage.break({ on: 'sns.*', kind: 'unavailable', duration: `${DOWN_SECONDS}s` });
    for (const site of sites) await stage.send(site, HOT);
    await stage.until('SNS is back', () => stage.faults.list().length === 0);
    await stage.send(sites, WELL);
    return { incidents: resolved(...sites.flatMap(({ devices }) => devices)) };
  },
};

export const dynamoDbThrottled: Scenario = {
  name: 'dynamodb-throttled',
  title: 'DynamoDB throttles most calls: batches are retried, nothing is lost or sent twice',
  async play(stage) {
    await stage.start();
    const sites = Array.from({ length: 4 }, (_, i) => new Site(`busy-${i + 1}`, 5));
    const throttle = stage.break({ on: 'dynamodb.*', kind: 'throttle', share: 0.7, duration: '12s' });
    await stage.send(sites, HOT);
    await stage.until('the throttling is over', () => stage.faults.list().length === 0);
    await stage.send(sites, WELL);
    if (throttle.hits === 0) throw new Error('Nothing was throttled');
    return { incidents: resolved(...sites.flatMap(({ devices }) => devices)) };
  },
};
