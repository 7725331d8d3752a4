import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { AwsRequest } from '../../../../../infra/emulator/wire/aws-request.ts';
import { createStateWatch } from '../../../../../infra/local/console/server/state-watch.ts';

const item = (state: string, more: object = {}) => ({
  ...{
    site_id: { S: 's' },
    device_rule: { S: 'dev-1#hot' },
    state: { S: state },
    high_water_mark: { S: 'T' },
  },
  ...more,
});

function watched() {
  const watch = createStateWatch();
  const service = watch.watch(async () => {});
  const put = (Item: unknown, { status = 200, table = 'table', operation = 'PutItem' } = {}) => {
    const body = Buffer.from(JSON.stringify({ TableName: table, Item }));
    return service({ operation, body } as AwsRequest, { statusCode: status } as ServerResponse);
  };
  return { watch, put };
}

describe('the watch on the state table', () => {
  it('follows an item through its states', async () => {
    const { watch, put } = watched();
    await put(item('pending'));
    expect(watch.items('table')).toMatchObject([
      { device_id: 'dev-1', rule: 'hot', state: 'pending', unsent: false },
    ]);
    const open = { incident_id: { S: 'i' }, peak: { N: '91.5' }, outbox: { S: '[]' } };
    await put(item('firing', open));
    expect(watch.items('table')).toMatchObject([
      { state: 'firing', incident_id: 'i', peak: 91.5, unsent: true },
    ]);
    await put(item('normal'));
    expect(watch.items('table')).toEqual([]);
  });

  it('believes only accepted writes to this table in the expected form', async () => {
    const { watch, put } = watched();
    await put(item('firing'), { status: 400 });
    await put(item('firing'), { table: 'other' });
    await put(item('firing'), { operation: 'Query' });
    await put({ anything: { S: 'else' } });
    expect(watch.items('table')).toEqual([]);
  });
});
