import { expect, it } from 'vitest';
import { lambda } from '../../../../infra/emulator/lambda/service.ts';
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
