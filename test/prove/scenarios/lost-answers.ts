import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

export const producerTimeOut: Scenario = {
  name: 'producer-time-out',
  title: 'PutRecords takes effect, but its answer never comes: sent again, stored twice, one incident',
  async play(stage) {
    await stage.start();
    const site = new Site('deaf', 5);
    await stage.send(site, WELL);
    stage.break({ on: 'kinesis.PutRecords', kind: 'hang', after: true, times: 1 });
    await stage.send(site, HOT);
    stage.break({ on: 'kinesis.PutRecords', kind: 'reset', after: true, times: 1 });
    await stage.send(site, WELL);
    return { incidents: resolved(...site.devices), readingsMayRepeat: true };
  },
};

export const writesUnanswered: Scenario = {
  name: 'writes-unanswered',
  title:
    'DynamoDB writes, but its answers are lost: the detector finds its own write, and opens nothing twice',
  quick: true,
  async play(stage) {
    await stage.start();
    const site = new Site('echo', 4);
    const lost = stage.break({ on: 'dynamodb.PutItem', kind: 'reset', after: true, share: 0.5 });
    for (const temperatures of [HOT, WELL]) {
      await stage.send(site, temperatures);
      await stage.mails(temperatures === HOT ? 4 : 8);
    }
    if (lost.hits === 0) throw new Error('No answer was lost');
    return { incidents: resolved(...site.devices) };
  },
};

export const publishUnanswered: Scenario = {
  name: 'publish-unanswered',
  title:
    'SNS accepts a message but its answer is lost: the one case in which a mail comes twice, with the same id',
  async play(stage) {
    await stage.start();
    const site = new Site('parrot', 4);
    const lost = stage.break({ on: 'sns.Publish', kind: 'reset', after: true, times: 2 });
    await stage.send(site, HOT);
    await stage.mails(4 + 2);
    await stage.send(site, WELL);
    if (lost.hits !== 2) throw new Error(`Expected 2 lost answers, got ${lost.hits}`);
    return { incidents: resolved(...site.devices), mailRepeats: 2 };
  },
};
