import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { startApi } from '../../../../infra/emulator/apigateway/server.ts';
import { systemClock } from '../../../../infra/emulator/base/clock.ts';

let api: Awaited<ReturnType<typeof startApi>> | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

async function open() {
  const measured: [name: string, value: number][] = [];
  const put = vi.fn(async () => ({ status: 200, body: '{}' }));
  const method = {
    ...{ authorizer: undefined, apiKeyRequired: false, models: new Map(), requestTemplates: new Map() },
    integration: { PassthroughBehavior: 'WHEN_NO_MATCH', RequestParameters: {}, Credentials: 'role' },
    responses: [{ status: 204, pattern: undefined, template: undefined }],
  };
  const configuration = {
    ...{ id: 'a', name: 'a', keySource: 'HEADER', stage: 'v1', rate: {}, accessLogFormat: undefined },
    ...{ methods: new Map([['POST /readings', method]]), plans: new Map() },
  };
  const parts = {
    ...{ api: configuration, keys: {}, put, authorizers: new Map(), clock: systemClock },
    ...{ log: () => {}, measure: (name: string, value: number) => void measured.push([name, value]) },
  };
  api = await startApi(parts as unknown as Parameters<typeof startApi>[0], 0);
  return { port: api.port, measured, put };
}

it('a sender that hangs up in the middle of a body is no failure of the API', async () => {
  const { port, measured, put } = await open();
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write('POST /v1/readings HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"a"');
  socket.resume();
  socket.end();
  await once(socket, 'close');
  const whole = await fetch(`http://127.0.0.1:${port}/v1/readings`, { method: 'POST', body: '{}' });
  expect(whole.status).toBe(204);
  expect(measured.filter(([name]) => name === 'Count')).toHaveLength(1);
  expect(measured.filter(([name, value]) => name === '5XXError' && value > 0)).toEqual([]);
  expect(put).toHaveBeenCalledTimes(1);
});
