import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { keyOf } from '../ledger/send-log.ts';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';

export const poisonRecord: Scenario = {
  name: 'poison-record',
  title: 'A record that can never be processed, among good ones: only it ends up in the failure bucket',
  async play(stage) {
    // Ten retries, as in the template, would only take longer.
    await stage.start({ 'AWS::Lambda::EventSourceMapping': { MaximumRetryAttempts: 2 } });
    const good = Array.from({ length: 6 }, (_, i) => new Site(`good-${i + 1}`, 2));
    const poisoned = new Site('poisoned', 3);
    await spoilState(stage.runtime.endpoint, stage.outputs.StateTableName, poisoned.id);
    const [before, after] = [good.slice(0, 3), good.slice(3)];
    await stage.send([...before, poisoned, ...after], HOT);
    await stage.until('the poison is given up', () => stage.runtime.counts().abandoned > 0);
    await stage.send(good, WELL);
    return {
      incidents: resolved(...good.flatMap(({ devices }) => devices)),
      givenUp: new Set(poisoned.devices.flatMap((device) => HOT.map((_, seq) => keyOf(device, seq)))),
    };
  },
};

/** A state item that the detector cannot read, as a careless manual edit may leave it. */
async function spoilState(endpoint: string, TableName: string, siteId: string): Promise<void> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const Item = { site_id: { S: siteId }, device_rule: { S: 'nonsense' } };
  await client.send(new PutItemCommand({ TableName, Item }));
  client.destroy();
}
