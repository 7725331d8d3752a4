/** The Kinesis API: a body in JSON or CBOR in, an operation, a body or a stream of events out. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { own } from '../base/own.ts';
import { fieldsOf } from '../wire/access.ts';
import { send } from '../wire/answer.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import type { ServedApi } from '../wire/gateway.ts';
import { findOperation } from '../wire/json-operation.ts';
import { expectProtocol } from '../wire/protocols.ts';
import { ACCESS } from './access.ts';
import { Events } from './api/event-source.ts';
import { eventMessage } from './api/events.ts';
import type { Context } from './api/operation.ts';
import { OwnResponse } from './api/own-response.ts';
import { type BodyProtocol, bodyProtocolOf } from './api/protocol.ts';
import { Subscriptions } from './api/subscriptions.ts';
import { OPERATIONS } from './operations.ts';

/** In the user agent of the emulator's own readers. */
export const OWN_READER = 'emulator-reader';
const EVENT_STREAM = 'application/vnd.amazon.eventstream';

export interface KinesisApi extends ServedApi {
  /** Ends subscriptions. */
  close(): void;
}

export type KinesisApiOptions = Pick<Context, 'streams' | 'whyFull' | 'onPut'>;

export function createKinesisApi(options: KinesisApiOptions): KinesisApi {
  const subscriptions = new Subscriptions();
  // IAM is asked first, and a body may have megabytes.
  const bodies = new WeakMap<AwsRequest, unknown>();
  const bodyOf = (request: AwsRequest): unknown => {
    if (!bodies.has(request)) bodies.set(request, bodyProtocolOf(request).decode(request));
    return bodies.get(request);
  };
  return {
    leavesBody: true,
    close: () => subscriptions.endAll(),
    needs: (request) => own(ACCESS, request.operation)?.(fieldsOf(bodyOf(request))),
    async handle(request, response) {
      expectProtocol(request, ['json', 'cbor']);
      const answer = findOperation('Kinesis', OPERATIONS, request.operation, 'UnknownOperationException');
      const protocol = bodyProtocolOf(request);
      const isOwnReader = request.headers['user-agent']?.includes(OWN_READER) ?? false;
      const context: Context = { ...options, subscriptions, isOwnReader };
      const result = await answer(bodyOf(request), context);
      if (response instanceof OwnResponse) response.give(result);
      else if (result instanceof Events) await push(response, protocol, result);
      else send(response, protocol.contentType, result === undefined ? '' : protocol.encode(result));
    },
  };
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
