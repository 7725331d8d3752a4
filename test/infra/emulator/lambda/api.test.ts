import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventBus, type RuntimeEvent } from '../../../../infra/emulator/base/events.ts';
import { createLambdaApi } from '../../../../infra/emulator/lambda/api.ts';
import type { InvocationResult, LambdaFunction } from '../../../../infra/emulator/lambda/function.ts';
import { type Gateway, startGateway } from '../../../../infra/emulator/wire/gateway.ts';
import { ACTOR } from '../support/actor.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:detector';
const events: RuntimeEvent[] = [];
const operations: string[] = [];
let next: Partial<InvocationResult>;
let payloads: string[] = [];
let gateway: Gateway;
let client: LambdaClient;

const fn: LambdaFunction = {
  name: 'detector',
  arn: ARN,
  roleArn: 'role',
  actor: ACTOR,
  invoke: async (payload) => {
    payloads.push(payload.toString());
    return { requestId: 'r-1', durationMs: 1.2, ...next } as InvocationResult;
  },
  kill: async () => {},
  stop: async () => {},
};

const find = (name: string) => ([ARN, 'detector'].includes(name) ? fn : undefined);
const later: string[] = [];
const invokeLater = (_: LambdaFunction, payload: string) => void later.push(payload);

beforeAll(async () => {
  const bus = new EventBus();
  bus.on('event', (event) => events.push(event));
  gateway = await startGateway({
    port: 0,
    services: { lambda: createLambdaApi(find, invokeLater, bus) },
    web: (_, response) => response.end(),
    intercept: (call, response, service) => {
      operations.push(call.operation);
      return service(call, response);
    },
  });
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  client = new LambdaClient({ endpoint: gateway.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
});
afterAll(async () => {
  client.destroy();
  await gateway.close();
});

async function invoke(FunctionName: string, Payload?: string, more = {}) {
  payloads = [];
  const answer = await client.send(new InvokeCommand({ FunctionName, Payload, ...more }));
  return { ...answer, text: answer.Payload && Buffer.from(answer.Payload).toString() };
}

describe('Invoke', () => {
  it.each(['detector', ARN])('runs %s on the event, and gives its answer', async (name) => {
    next = { status: 'ok', payload: '{"batchItemFailures":[]}' };
    expect(await invoke(name, '{"Records":[1]}')).toMatchObject({
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      text: '{"batchItemFailures":[]}',
    });
    expect(payloads).toEqual(['{"Records":[1]}']);
    expect(operations).toEqual(Array(operations.length).fill('Invoke'));
    expect(events.at(-1)).toMatchObject({ level: 'info', text: 'detector was invoked directly: ok, 1 ms' });
  });

  it('gives the error of a function that fails, with status 200', async () => {
    next = {
      status: 'timeout',
      errorType: 'Sandbox.Timedout',
      errorMessage: 'Task timed out after 3.00 seconds',
    };
    expect(await invoke('detector', '{}')).toMatchObject({
      StatusCode: 200,
      FunctionError: 'Unhandled',
      text: '{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after 3.00 seconds"}',
    });
    expect(events.at(-1)).toMatchObject({ level: 'warning' });
  });

  it('treats a missing payload as an empty event, and runs nothing with DryRun', async () => {
    next = { status: 'ok', payload: 'null' };
    expect(await invoke('detector')).toMatchObject({ text: 'null' });
    expect(payloads).toEqual(['{}']);
    expect(await invoke('detector', '{}', { InvocationType: 'DryRun' })).toMatchObject({ StatusCode: 204 });
    expect(payloads).toEqual([]);
  });

  it('accepts an asynchronous invocation without waiting for its end', async () => {
    const more = { InvocationType: 'Event' as const };
    expect(await invoke('detector', '{"a":1}', more)).toMatchObject({ StatusCode: 202 });
    expect([payloads, later]).toEqual([[], ['{"a":1}']]);
    const large = JSON.stringify('x'.repeat(1024 * 1024));
    await expect(invoke('detector', large, more)).rejects.toMatchObject({ name: 'RequestTooLargeException' });
  });

  it.each([
    ['a function that is not there', 'other', '{}', {}, 'ResourceNotFoundException'],
    ['what is not JSON', 'detector', '{', {}, 'InvalidRequestContentException'],
    [
      'more than 6 MB',
      'detector',
      JSON.stringify('x'.repeat(6 * 1024 * 1024)),
      {},
      'RequestTooLargeException',
    ],
    ['another type', 'detector', '{}', { InvocationType: 'Later' }, 'InvalidParameterValueException'],
  ])('refuses %s', async (_, name, payload, more, error) => {
    await expect(invoke(name, payload, more)).rejects.toMatchObject({ name: error });
    expect(payloads).toEqual([]);
  });
});
