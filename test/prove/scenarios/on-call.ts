/** What people on call do, while AWS refuses calls. */
import { DynamoDBClient, PutItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { openSilenceStore } from '../../../infra/cli/silences.ts';
import { clientOptions } from '../../../infra/emulator/stack/client-options.ts';
import { BY_HAND, byHandAttribute, closingItem } from '../../../services/contract/by-hand.ts';
import { formatTimestamp } from '../../../services/contract/time.ts';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { underOwnClock } from '../world-clock.ts';
import { minutes } from './silence.ts';

const SHARE = 0.3;

export const onCall: Scenario = {
  name: 'on-call',
  title:
    'A silence and an end by hand, while DynamoDB and SNS refuse calls: told once what must be, the rest is history',
  play: (stage) =>
    underOwnClock(stage, async (clock) => {
      await stage.start(clock.tuning);
      const table = openTable(stage);
      try {
        const [lasting, brief, loud] = [new Site('lasting', 2), new Site('brief', 2), new Site('loud', 2)];
        const silence = await table.silence([lasting.id, brief.id]);
        const faults = ['dynamodb.PutItem', 'sns.Publish'].map((on) =>
          stage.break({ on, kind: 'throttle', share: SHARE }),
        );
        await stage.send([lasting, brief, loud], HOT);
        await stage.published('firing', loud.devices.length);
        await stage.send(brief, WELL);
        await table.until('lasting alerts are held', lasting, ({ outbox }) => outbox.includes('silenced_by'));
        await table.until(
          'brief alerts are history',
          brief,
          ({ outbox, state }) => !outbox && state === 'normal',
        );
        await table.silences.end(silence.id, Date.now());
        await table.close(loud);
        // None of the sites says anything: the watchdog does it.
        await minutes(stage, clock, 4, async () => {});
        if (faults.every(({ hits }) => hits === 0)) throw new Error('No call was refused');
        stage.faults.clear();
        await minutes(stage, clock, 3, async () => {});
        await stage.published('firing', loud.devices.length + lasting.devices.length);
        await stage.published('resolved', loud.devices.length);
        await stage.send(lasting, WELL);
        await stage.published('resolved', loud.devices.length + lasting.devices.length);
        const opened = resolved(...lasting.devices).map((one) => ({ ...one, statuses: ['firing'] as const }));
        return {
          incidents: resolved(...loud.devices, ...lasting.devices),
          silenced: [...opened, ...resolved(...brief.devices)],
        };
      } finally {
        table.client.destroy();
      }
    }),
};

interface Item {
  key: { site_id: { S: string }; device_rule: { S: string } };
  state: string;
  outbox: string;
}

function openTable(stage: Stage) {
  const client = new DynamoDBClient(clientOptions(stage.runtime.endpoint));
  const TableName = stage.outputs.StateTableName;
  const silences = openSilenceStore(client, TableName);

  async function incidents(site: Site): Promise<Item[]> {
    const query = new QueryCommand({
      TableName,
      KeyConditionExpression: 'site_id = :site',
      ExpressionAttributeValues: { ':site': { S: site.id } },
    });
    const { Items = [] } = await client.send(query);
    return Items.filter(({ device_rule }) => device_rule?.S?.endsWith('#temperature-high')).map((item) => ({
      key: { site_id: { S: site.id }, device_rule: { S: item.device_rule?.S ?? '' } },
      state: item.state?.S ?? '',
      outbox: item.outbox?.S ?? '',
    }));
  }

  return {
    ...{ client, silences },
    silence: (sites: string[]) =>
      silences.add({
        ...{ matchers: { sites }, author: 'prove', comment: 'maintenance' },
        starts_at: formatTimestamp(Date.now()),
        ends_at: formatTimestamp(Date.now() + 3_600_000),
        created_at: formatTimestamp(Date.now()),
      }),
    until: (what: string, site: Site, holds: (item: Item) => boolean) =>
      stage.until(what, async () => {
        const all = await incidents(site);
        return all.length === site.devices.length && all.every(holds);
      }),
    /** As the command does. */
    async close(site: Site) {
      for (const { key } of await incidents(site)) {
        await client.send(
          new UpdateItemCommand({
            ...{ TableName, Key: key },
            UpdateExpression: 'SET #closing = :by, version = version + :one',
            ConditionExpression: '#state IN (:firing, :recovering)',
            ExpressionAttributeNames: { '#closing': BY_HAND.closeRequested, '#state': 'state' },
            ExpressionAttributeValues: {
              ':by': byHandAttribute({ by: 'prove', at: formatTimestamp(Date.now()), comment: 'repaired' }),
              ...{ ':one': { N: '1' }, ':firing': { S: 'firing' }, ':recovering': { S: 'recovering' } },
            },
          }),
        );
      }
      // Throttled like the functions' own, and repeated by the SDK.
      await client.send(new PutItemCommand({ TableName, Item: closingItem(site.id, Date.now()) }));
    },
  };
}
