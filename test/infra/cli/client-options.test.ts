/** Clients of what is not AWS, on a machine that is set up for an account with demands of its own. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { clientOptions } from '../../../infra/cli/client-options.ts';
import { clientOptions as emulatorOptions } from '../../../infra/emulator/stack/client-options.ts';

const server = createServer((_, response) => response.end('{"Parameter":{"Value":"answered"}}'));
let endpoint: string;

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

it.each([
  ['AWS_USE_FIPS_ENDPOINT', 'true'],
  ['AWS_USE_DUALSTACK_ENDPOINT', 'true'],
  ['AWS_DEFAULTS_MODE', 'nonsense'],
  ['AWS_ENDPOINT_URL', 'http://127.0.0.1:1'],
  ['AWS_ENDPOINT_URL_SSM', 'nonsense'],
  ['AWS_PROFILE', 'nobody'],
  ['AWS_REGION', 'of mine'],
  ['AWS_CONFIG_FILE', '/none'],
  ['AWS_MAX_ATTEMPTS', 'many'],
  ['AWS_RETRY_MODE', 'nonsense'],
])('%s=%s asks nothing of them', async (name, value) => {
  vi.stubEnv(name, value);
  for (const options of [
    clientOptions({ Region: 'us-east-1', Endpoint: endpoint }),
    emulatorOptions(endpoint),
  ]) {
    const client = new SSMClient(options);
    const { Parameter } = await client.send(new GetParameterCommand({ Name: 'x' }));
    expect(Parameter?.Value).toBe('answered');
    client.destroy();
  }
});
