import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { readFailureBucket } from '../ledger/failure-bucket.ts';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import { redriveAll } from './redrive.ts';

/** What no sensor may say, but some do; and what is allowed, and smaller than any number of DynamoDB's. */
const NO_SENSOR = Number.MAX_VALUE;
const TINY = 1e-200;

export const poisonRecord: Scenario = {
  name: 'poison-record',
  title:
    'A device whose state cannot be read, and values that no store can hold: no neighbour waits, in record or shard; a redrive brings the incident back',
  rings: ['ReadingsSetAside'],
  async play(stage) {
    await stage.start();
    const sick = new Site('sick', 3);
    const good = new Site('good', 3);
    const state = spoilState(stage.runtime.endpoint, stage.outputs.StateTableName, sick);
    await state.spoil();
    // One record: the poison comes before its neighbours.
    const [broken = ''] = changed(sick.lines([50]), { device_id: 'sick-9', temperature: NO_SENSOR });
    // The first value is remembered, and with it the second.
    const odd = [{ cpu: 95 }, { cpu: TINY }].flatMap((values) => changed(sick.lines([40]), values));
    const startedMs = Date.now();
    await stage.producer.send([
      { siteId: sick.id, lines: [broken, ...odd, ...sick.lines(HOT)] },
      { siteId: good.id, lines: good.lines(HOT) },
    ]);
    await stage.published('firing', 5);
    const tookMs = Date.now() - startedMs;
    if (tookMs > MAX_WAIT_MS) throw new Error(`The neighbours had to wait for ${tookMs} ms`);
    const bucket = stage.folderOf(stage.outputs.FailureBucketName);
    await stage.until('the readings are set aside', () => readFailureBucket(bucket).readings.size > 0);
    await state.heal();
    await redriveAll(stage);
    await stage.send([sick, good], WELL);
    return { incidents: resolved(...sick.devices, ...good.devices) };
  },
};

/** Without the poison it takes about a second. */
const MAX_WAIT_MS = 10_000;

const changed = (lines: readonly string[], values: object) =>
  lines.map((line) => JSON.stringify({ ...JSON.parse(line), ...values }));

/** A state item of the first device that the detector cannot read, as a careless manual edit may leave it. */
function spoilState(endpoint: string, TableName: string, { id, devices: [first] }: Site) {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials });
  const Key = { site_id: { S: id }, device_rule: { S: `${first}#temperature-high` } };
  return {
    spoil: () => client.send(new PutItemCommand({ TableName, Item: Key })),
    async heal() {
      await client.send(new DeleteItemCommand({ TableName, Key }));
      client.destroy();
    },
  };
}
