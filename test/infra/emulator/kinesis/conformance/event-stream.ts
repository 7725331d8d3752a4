/** SubscribeToShard, read from the wire: events as they come. */
import { EventStreamCodec } from '@smithy/core/event-streams';
import { HEADERS, Refusal } from './caller.ts';

export interface PushedEvent {
  Records: { Data: string }[];
  ContinuationSequenceNumber: string;
  MillisBehindLatest: number;
  ChildShards?: { ShardId: string }[];
}

export interface Subscription {
  events: AsyncIterable<PushedEvent>;
  close(): void;
}

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes).toString(),
  (text) => Buffer.from(text),
);

/** @throws Refusal */
export async function subscribe(endpoint: string, input: object): Promise<Subscription> {
  const aborted = new AbortController();
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      ...HEADERS,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Kinesis_20131202.SubscribeToShard',
    },
    body: JSON.stringify(input),
    signal: AbortSignal.any([aborted.signal, AbortSignal.timeout(10_000)]),
  });
  if (!response.ok || !response.body) {
    const { __type = '', message = '' } = (await response.json()) as Record<string, string>;
    throw new Refusal(__type, message, response.status);
  }
  const events = eventsOf(response.body as unknown as AsyncIterable<Uint8Array>);
  return { events, close: () => aborted.abort() };
}

async function* eventsOf(chunks: AsyncIterable<Uint8Array>): AsyncIterable<PushedEvent> {
  let bytes = Buffer.alloc(0);
  for await (const chunk of chunks) {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 4 && bytes.length >= bytes.readUInt32BE(0)) {
      const length = bytes.readUInt32BE(0);
      const { headers, body } = codec.decode(bytes.subarray(0, length));
      bytes = bytes.subarray(length);
      if (headers[':event-type']?.value === 'SubscribeToShardEvent') {
        yield JSON.parse(Buffer.from(body).toString()) as PushedEvent;
      }
    }
  }
}
