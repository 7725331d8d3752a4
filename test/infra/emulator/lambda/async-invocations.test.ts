import { expect, it } from 'vitest';
import { AsyncInvocations } from '../../../../infra/emulator/lambda/async-invocations.ts';
import type { LambdaFunction } from '../../../../infra/emulator/lambda/function.ts';
import { lambda } from '../../../../infra/emulator/lambda/service.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { ACTOR } from '../support/actor.ts';
import { emulate } from '../support/emulate.ts';

const FUNCTION = {
  Type: 'AWS::Lambda::Function',
  Properties: { Code: { S3Key: 'code.zip' }, Handler: 'index.handler', Runtime: 'nodejs22.x', Role: 'r' },
};
const SLOW = `export const handler = async () => {
  await new Promise((done) => setTimeout(done, 300));
  console.log('ends');
};`;

it('is finished when it is accepted while the emulator ends, by a service that opened its function', async () => {
  const { of, bus, close } = await emulate(
    { Resources: { Slow: FUNCTION } },
    { code: { 'index.mjs': SLOW } },
  );
  const said: string[] = [];
  bus.on('event', (event) => event.type === 'notice' && said.push(event.text));
  const logged: string[] = [];
  bus.on('log', (line) => logged.push(line));
  const functions = of(lambda);
  const slow = functions.use('Shop-Slow');
  const closed = close();
  functions.invokeLater(slow, '{}');
  await closed;
  expect([said, logged.join()]).toEqual([[], expect.stringContaining('ends')]);
});

it.each([
  ['has no attempts left', {}, { condition: 'RetriesExhausted', approximateInvokeCount: 3 }],
  [
    'would be too old',
    { MaximumEventAgeInSeconds: 100 },
    { condition: 'EventAgeExceeded', approximateInvokeCount: 2 },
  ],
  [
    'waits for another attempt when the runtime stops',
    { stopsAfterMs: 1_000 },
    { condition: 'RetriesExhausted', approximateInvokeCount: 1 },
  ],
])('an event that %s goes to the queue for failures, with the reason', async (_, given, expected) => {
  const { stopsAfterMs, ...settings } = given as { stopsAfterMs?: number };
  const clock = new VirtualClock();
  const kept: string[] = [];
  const fn = {
    ...{ name: 'f', arn: 'arn:f', actor: ACTOR },
    invoke: async () => ({
      ...{ status: 'error', requestId: 'r', durationMs: 1, errorType: 'Error', errorMessage: 'no' },
    }),
  } as unknown as LambdaFunction;
  const OnFailure = { Destination: 'arn:aws:sqs:us-east-1:000000000000:dead' };
  const properties = {
    ...{ FunctionName: 'f', Qualifier: '$LATEST', DestinationConfig: { OnFailure }, ...settings },
  };
  const resource = { logicalId: 'C', type: 'T', ref: 'c', arn: 'c', properties, metadata: {} };
  const invocations = new AsyncInvocations({
    ...{ configurations: [resource], clock, warn() {} },
    sendToQueue: async (_queue, _key, body) => void kept.push(body),
  });
  invocations.accept(fn, '{"a":1}');
  await clock.advance(stopsAfterMs ?? 200_000);
  await invocations.stop();
  expect(kept.map((body) => JSON.parse(body))).toMatchObject([
    { requestPayload: { a: 1 }, requestContext: expected },
  ]);
});
