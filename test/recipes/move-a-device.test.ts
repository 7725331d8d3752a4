/** docs/operations.md, "End an incident by hand": a device that moves to another site leaves its incident open at the old one. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DeleteItemCommand, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openSession } from '../infra/support/local-session.ts';

const text = readFileSync(join(resolve(import.meta.dirname, '../..'), 'docs/operations.md'), 'utf8');
const [, written = ''] = /aws dynamodb delete-item [^`]*--key '([^']+)'/.exec(text) ?? [];
const Key = JSON.parse(written) as { site_id: { S: string }; device_rule: { S: string } };
const [device_id = '', rule] = Key.device_rule.S.split('#');
const oldSite = { device_id, site_id: Key.site_id.S };
const newSite = { device_id, site_id: 'south' };

const PATIENCE = { timeout: 20_000, interval: 100 };
let session: Awaited<ReturnType<typeof openSession>>;
let client: DynamoDBClient;
let TableName: string | undefined;
beforeAll(async () => {
  session = await openSession();
  TableName = session.runtime.outputs.StateTableName;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new DynamoDBClient({ endpoint: session.runtime.endpoint, region: 'us-east-1', credentials });
});
afterAll(async () => {
  client.destroy();
  await session.close();
});

const readings = (device: { device_id: string; site_id: string }, temperature: number) =>
  Array.from({ length: 8 }, () => ({ ...device, temperature }));
const stateAt = async (site: string) =>
  (await client.send(new GetItemCommand({ TableName, Key: { ...Key, site_id: { S: site } } }))).Item?.state
    ?.S;

it('ends the incident at the old site, tells nobody, and leaves the new site alone', async () => {
  await session.send(readings(oldSite, 97));
  await vi.waitFor(async () => expect(await session.mails()).toHaveLength(1), PATIENCE);
  const [firing] = await session.mails();
  expect(firing).toContain(`${rule} - ${device_id} (${oldSite.site_id})`);

  await session.send(readings(newSite, 97));
  await vi.waitFor(async () => expect(await session.mails()).toHaveLength(2), PATIENCE);
  await session.send(readings(newSite, 41));
  await vi.waitFor(async () => expect(await session.mails()).toHaveLength(3), PATIENCE);
  expect([await stateAt(oldSite.site_id), await stateAt(newSite.site_id)]).toEqual(['firing', 'normal']);

  const answer = await client.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
  expect(answer.Attributes?.state?.S).toBe('firing');
  expect(await stateAt(oldSite.site_id)).toBeUndefined();
  const again = await client.send(new DeleteItemCommand({ TableName, Key, ReturnValues: 'ALL_OLD' }));
  expect(again.Attributes).toBeUndefined();

  // The device goes on at its new site, and is a new one where it comes back to.
  await session.send(readings(newSite, 41));
  await session.send(readings(oldSite, 97));
  await vi.waitFor(async () => expect(await session.mails()).toHaveLength(4), PATIENCE);
  const mails = await session.mails();
  expect(mails.map((subject) => subject.split(' ')[0])).toEqual(['FIRING', 'FIRING', 'RESOLVED', 'FIRING']);
  expect(await stateAt(newSite.site_id)).toBe('normal');
}, 60_000);
