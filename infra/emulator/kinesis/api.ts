/** The Kinesis API: a body in JSON or CBOR in, an operation, a body or a stream of events out. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { own } from '../base/own.ts';
import type { Api } from '../wire/gateway.ts';
import { unknownOperation } from '../wire/json-operation.ts';
import { expectProtocol } from '../wire/protocols.ts';
import { Events } from './api/event-source.ts';
import { eventMessage } from './api/events.ts';
import type { Context } from './api/operation.ts';
import { type BodyProtocol, bodyProtocolOf } from './api/protocol.ts';
import { Subscriptions } from './api/subscriptions.ts';
import { OPERATIONS } from './operations.ts';
import type { Streams } from './stream/streams.ts';

/** In the user agent of the emulator's own readers. */
export const OWN_READER = 'emulator-reader';
const EVENT_STREAM = 'application/vnd.amazon.eventstream';

export interface KinesisApi extends Api {
  /** Ends subscriptions. */
  close(): void;
}

/** @param whyFull why no more can be taken now; undefined while there is room */
export function createKinesisApi(streams: Streams, whyFull: () => string | undefined): KinesisApi {
  const subscriptions = new Subscriptions();
  return {
    close: () => subscriptions.endAll(),
    async handle(request, response) {
      expectProtocol(request, ['json', 'cbor']);
      const answer = own(OPERATIONS, request.operation);
      if (!answer) {
        throw unknownOperation(
          'Kinesis',
          Object.keys(OPERATIONS),
          request.operation,
          'UnknownOperationException',
        );
      }
      const protocol = bodyProtocolOf(request);
      const isOwnReader = request.headers['user-agent']?.includes(OWN_READER) ?? false;
      const context: Context = { streams, subscriptions, isOwnReader, whyFull };
      const result = await answer(protocol.decode(request.body), context);
      if (result instanceof Events) await push(response, protocol, result);
      else send(response, protocol, result);
    },
  };
}

function send(
  response: ServerResponse,
  { contentType, encode }: BodyProtocol,
  result: object | undefined,
): void {
  const body = result === undefined ? '' : encode(result);
  response.writeHead(200, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

async function push(response: ServerResponse, protocol: BodyProtocol, events: Events): Promise<void> {
  response.once('close', () => events.end());
  response.writeHead(200, { 'content-type': EVENT_STREAM });
  const headers = (eventType: string) => ({
    ':event-type': eventType,
    ':content-type': protocol.contentType,
    ':message-type': 'event',
  });
  response.write(eventMessage(headers('initial-response'), protocol.encode({})));
  for await (const event of events.all()) {
    if (response.destroyed) break;
    const isTaken = response.write(eventMessage(headers(events.eventType), protocol.encode(event)));
    if (!isTaken) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }
  response.end();
}
