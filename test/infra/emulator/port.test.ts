import { expect, it, onTestFinished } from 'vitest';
import { openEmulatorPort, type PortOptions } from '../../../infra/emulator/port.ts';
import { AwsError } from '../../../infra/emulator/wire/aws-error.ts';
import type { AwsService, Interceptor } from '../../../infra/emulator/wire/gateway.ts';

const PASS: Interceptor = (request, response, next) => next(request, response);

async function open(options: Omit<PortOptions, 'port'> = {}, breakOnPurpose = PASS) {
  const port = await openEmulatorPort({ port: 0, ...options }, breakOnPurpose);
  onTestFinished(() => port.close());
  const headers = {
    authorization: 'AWS4-HMAC-SHA256 Credential=a/20260131/us-east-1/kinesis/aws4_request, Signature=0',
    'x-amz-target': 'Kinesis_20131202.ListStreams',
  };
  const call = async () => {
    const response = await fetch(port.endpoint, { method: 'POST', headers, body: '{}' });
    return [response.status, response.headers.get('x-amzn-errortype')];
  };
  return { port, call };
}

const handle: AwsService = async (_, response) => void response.end('{}');

it('tells callers of a service that is not open yet to come again, and of one that never will be that', async () => {
  const { port, call } = await open();
  expect(await call()).toEqual([503, 'ServiceUnavailable']);
  expect((await fetch(port.endpoint)).status).toBe(503);
  port.apis.kinesis = { handle };
  expect(await call()).toEqual([200, null]);
  delete port.apis.kinesis;
  port.starting = false;
  expect(await call()).toEqual([501, 'NotImplemented']);
  port.web = (_, response) => response.end('a page');
  expect(await (await fetch(port.endpoint)).text()).toBe('a page');
});

it('counts every call, shows it before any fault strikes, and shows watchers only what takes effect', async () => {
  const seen: string[] = [];
  const { port, call } = await open(
    {
      async intercept(request, response, next) {
        seen.push(`called ${request.operation}`);
        await next(request, response);
      },
      watch: (service, handle) => async (request, response) => {
        await handle(request, response);
        seen.push(`${service} did it`);
      },
    },
    async (request, response, next) => {
      if (seen.length > 2) throw new AwsError('Broken', 'on purpose', 400);
      await next(request, response);
    },
  );
  port.apis.kinesis = { handle };
  expect(await call()).toEqual([200, null]);
  expect(await call()).toEqual([400, 'Broken']);
  expect(seen).toEqual(['called ListStreams', 'kinesis did it', 'called ListStreams']);
  expect(port.calls.all()).toEqual({ 'kinesis.ListStreams': 2 });
});
