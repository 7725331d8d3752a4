/** The DynamoDB API: dynalite, what it lacks and is needed, and a message for the rest. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import type { Clock } from '../base/clock.ts';
import { send } from '../wire/answer.ts';
import { AwsError } from '../wire/aws-error.ts';
import { parseJsonBody } from '../wire/aws-request.ts';
import type { AwsService } from '../wire/gateway.ts';
import { findOperation } from '../wire/json-operation.ts';
import { expectProtocol } from '../wire/protocols.ts';
import { ACCESS } from './access.ts';
import { batchExecuteStatement } from './batch-execute-statement.ts';
import type { Dynalite, Outcome } from './dynalite.ts';

const GROWING = ['BatchExecuteStatement', 'BatchWriteItem', 'PutItem', 'UpdateItem'];
/** How long `close` waits for calls under way, which take milliseconds, so that one that hangs cannot block it. */
const LAST_CALL_MS = 2_000;

export interface DynamoDbApi {
  handle: AwsService;
  /** Takes no more calls, and closes the store when those under way have been answered. */
  close(): Promise<void>;
}

/** @param whyFull why no more can be taken now; undefined while there is room */
export function dynamoDbApi(
  store: Omit<Dynalite, 'opened'>,
  whyFull: () => string | undefined,
  clock: Clock,
): DynamoDbApi {
  /** Also those whose caller has disconnected: a store must not be read once it is closed. */
  const underWay = new Set<Promise<unknown>>();
  let closed = false;

  return {
    async handle(request, response) {
      expectProtocol(request, ['json']);
      const { operation } = request;
      if (closed) throw new AwsError('ServiceUnavailable', 'The local runtime is stopping', 503);
      const full = GROWING.includes(operation) ? whyFull() : undefined;
      if (full !== undefined) throw new AwsError('ServiceUnavailable', full, 503);
      findOperation('DynamoDB', ACCESS, operation, 'UnknownOperationException');
      const input = inputOf(parseJsonBody(request));
      const outcome =
        operation === 'BatchExecuteStatement'
          ? batchExecuteStatement(store, input)
          : store.call(operation, input);
      const settled = outcome.catch(() => undefined);
      underWay.add(settled);
      void settled.then(() => underWay.delete(settled));
      answer(response, await outcome);
    },
    async close() {
      closed = true;
      const done = new AbortController();
      // The timer also keeps the process alive, which could otherwise end here with nothing left to wait for.
      const sleep = clock.sleep(LAST_CALL_MS, done.signal);
      await Promise.race([Promise.all(underWay), sleep]);
      done.abort();
      await store.close();
    },
  };
}

function inputOf(body: unknown): object {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body;
  throw new AwsError('SerializationException', 'Expected a JSON object');
}

function answer(response: ServerResponse, { status, body }: Outcome): void {
  const text = Buffer.from(JSON.stringify(body));
  const headers = { 'x-amzn-requestid': requestId(), 'x-amz-crc32': crc32(text) };
  send(response, 'application/x-amz-json-1.0', text, { status, headers });
}

/** As long as DynamoDB's. */
const requestId = () => randomBytes(39).toString('base64').toUpperCase().replaceAll(/[+/]/g, '0');
