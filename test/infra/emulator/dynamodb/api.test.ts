import { type IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { dynamoDbApi } from '../../../../infra/emulator/dynamodb/api.ts';
import type { Outcome } from '../../../../infra/emulator/dynamodb/dynalite.ts';
import type { AwsRequest } from '../../../../infra/emulator/wire/aws-request.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const REQUEST: AwsRequest = {
  ...{ service: 'dynamodb', operation: 'GetItem', method: 'POST', url: '/', body: Buffer.from('{}') },
  headers: { 'content-type': 'application/x-amz-json-1.0' },
};

function open() {
  const clock = new VirtualClock();
  const pending: ((outcome: Outcome) => void)[] = [];
  let isClosed = false;
  const store = {
    call: () => new Promise<Outcome>((resolve) => void pending.push(resolve)),
    partitionKey: async () => undefined,
    close: async () => {
      isClosed = true;
    },
  };
  const api = dynamoDbApi(store, () => undefined, clock);
  const call = (change: Partial<AwsRequest> = {}) =>
    api.handle({ ...REQUEST, ...change }, new ServerResponse({} as IncomingMessage));
  return {
    api,
    clock,
    call,
    answer: () => pending.shift()?.({ status: 200, body: {} }),
    isClosed: () => isClosed,
  };
}

it('closes its store only when every call has been answered, and takes no more', async () => {
  const { api, call, answer, isClosed } = open();
  const called = call();
  const closing = api.close();
  await expect(call()).rejects.toMatchObject({ code: 'ServiceUnavailable', status: 503 });
  await new Promise(setImmediate);
  expect(isClosed()).toBe(false);
  answer();
  await Promise.all([called, closing]);
  expect(isClosed()).toBe(true);
});

it('closes its store without a call that has no end, after two seconds', async () => {
  const { api, clock, call, isClosed } = open();
  void call();
  const closing = api.close();
  await clock.advance(1999);
  expect(isClosed()).toBe(false);
  await clock.advance(1);
  await closing;
  expect(isClosed()).toBe(true);
});

it.each([
  ['what it does not do', { operation: 'ExportTableToPointInTime' }, 'UnknownOperationException'],
  ['a body that is no JSON', { body: Buffer.from('{') }, 'SerializationException'],
  ['JSON but not an object', { body: Buffer.from('[]') }, 'SerializationException'],
])('refuses %s', async (_, change, code) => {
  await expect(open().call(change)).rejects.toMatchObject({ code });
});
