import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { AlreadyThere, createInsert } from '../../../services/detector/insert.ts';
import { refusal } from './support/aws-limits.ts';
import { type FakeAws, fakeAws } from './support/fake-aws.ts';

const item = (site: number): Record<string, AttributeValue> => ({
  ...{ site_id: { S: `site-${site}` }, device_rule: { S: '#front' }, version: { N: '1' } },
});
const items = (count: number) => Array.from({ length: count }, (_, i) => item(i));

function open(aws: FakeAws = fakeAws()) {
  const insert = createInsert(aws.dynamo);
  const all = (list: readonly Record<string, AttributeValue>[]) =>
    Promise.allSettled(list.map((one) => insert('state', one)));
  return { aws, insert, all };
}

describe('new items', () => {
  it('go together, 25 in a call, and one by itself as an item', async () => {
    const { aws, insert, all } = open();
    await all(items(60));
    await insert('state', item(60));
    expect(aws.calls).toMatchObject({ BatchExecuteStatement: 3, PutItem: 1, Query: 0 });
    expect([...aws.items.values()]).toEqual([...items(60), item(60)]);
    expect(aws.refused).toEqual([]);
  });

  it('are never written over what is there', async () => {
    const { aws, insert, all } = open();
    await all(items(3));
    const before = new Map(aws.items);
    const other = { ...item(1), version: { N: '7' } };
    await expect(insert('state', other)).rejects.toThrow(AlreadyThere);
    const [refused, taken] = await all([other, item(3)]);
    expect(refused).toMatchObject({ reason: new AlreadyThere('site-1 #front') });
    expect(taken).toMatchObject({ status: 'fulfilled' });
    expect(aws.items).toEqual(before.set('site-3/#front', item(3)));
  });

  it('that are refused in a batch are written by themselves, as the SDK tries again only for a whole call', async () => {
    const aws = fakeAws();
    const { send } = aws.dynamo;
    let throttles = true;
    aws.dynamo.send = (async (command: never) => {
      const answer = (await send(command)) as { Responses?: object[] };
      if (!throttles || !answer.Responses) return answer;
      throttles = false;
      aws.items.delete('site-1/#front');
      return {
        Responses: answer.Responses.with(1, { Error: { Code: 'ThrottlingError', Message: 'too many' } }),
      };
    }) as typeof send;
    const settled = await open(aws).all(items(3));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
    expect(aws.calls).toMatchObject({ BatchExecuteStatement: 1, PutItem: 1 });
    expect(aws.items.size).toBe(3);
  });

  it.each([['before'], ['after'], [refusal('ThrottlingException', 'too many')]] as const)(
    'all fail with their call, and may be tried again (%s)',
    async (fault) => {
      const { aws, all } = open();
      aws.fault = () => fault;
      for (const { status } of await all(items(4))) expect(status).toBe('rejected');
      aws.fault = () => undefined;
      const again = await all(items(4));
      const isThere = fault === 'after';
      expect(again.map(({ status }) => status)).toEqual(Array(4).fill(isThere ? 'rejected' : 'fulfilled'));
      expect(aws.items.size).toBe(4);
    },
  );
});
