import { describe, expect, it } from 'vitest';
import {
  findMessages,
  listMessages,
  type MessageResult,
  parseMessage,
  sendMessages,
} from '../../../../infra/commands/redrive/messages.ts';
import type { FailureStore } from '../../../../infra/commands/redrive/store.ts';

const kept = (site: string, text: string, more: object = {}) =>
  JSON.stringify({
    ...{ ruleName: 'r', topic: `$aws/rules/r/${site}`, clientId: site },
    base64OriginalPayload: Buffer.from(text).toString('base64'),
    failures: [{ failedAction: 'KinesisAction', failedResource: 's', errorMessage: 'full\nstack' }],
    ...more,
  });

function storeOf(objects: Record<string, string>) {
  const left = new Map(Object.entries(objects));
  const store: FailureStore = {
    keys: async () => [...left.keys()],
    read: async (key) => left.get(key),
    setAside: async (key) => void left.delete(key),
  };
  return { store, left };
}

describe('messages that the stream did not take', () => {
  const objects = {
    'edge/b/200-x.json': kept('b', 'b1'),
    'edge/a/100-x.json': kept('a', 'a1'),
    'edge/a/300-x.json': kept('a', 'a2'),
    'edge/a/400-x.json': 'nonsense',
  };
  const run = async (
    put: (site: string, data: Buffer) => Promise<string | undefined>,
    stop = new AbortController(),
  ) => {
    const { store, left } = storeOf(objects);
    const { messages } = await findMessages(store);
    const results: [string, MessageResult][] = [];
    await sendMessages(messages, { store, put, stop: stop.signal }, ({ key }, result) =>
      results.push([key, result]),
    );
    return { results, left: [...left.keys()] };
  };

  it('are sent in the order in which they were published, byte for byte, under their site', async () => {
    const sent: string[] = [];
    const { left } = await run(async (site, data) => void sent.push(`${site} ${data}`));
    expect(sent).toEqual(['a a1', 'b b1', 'a a2']);
    expect(left).toEqual(['edge/a/400-x.json']);
  });

  it('of a site wait behind one that fails; those of others go on', async () => {
    const { results, left } = await run(async (site) => (site === 'a' ? 'full' : undefined));
    expect(results).toEqual([
      ['edge/a/100-x.json', 'failed'],
      ['edge/b/200-x.json', 'sent'],
      ['edge/a/300-x.json', 'held'],
    ]);
    expect(left).toHaveLength(3);
  });

  it('stay where they are after an interruption', async () => {
    const stop = new AbortController();
    const { results } = await run(async () => void stop.abort(), stop);
    expect(results.map(([, result]) => result)).toEqual(['sent', 'interrupted', 'interrupted']);
  });

  it('are listed with the reason, and others are left alone', async () => {
    const text = listMessages(await findMessages(storeOf(objects).store));
    expect(text).toContain(
      '3 messages over MQTT that the stream did not take\n  a: 2, the last because full\n  b: 1',
    );
    expect(text).toContain('No message, left alone: edge/a/400-x.json\n  Expected JSON');
    expect(parseMessage('k', kept('a', 'x', { topic: 'other' }))).toBe(
      'Expected the topic of a rule and a site, got other',
    );
  });
});
