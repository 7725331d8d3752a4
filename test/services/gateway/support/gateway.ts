/** A gateway with a stream that is played by the test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type Gateway, type GatewayOptions, startGateway } from '../../../../services/gateway/gateway.ts';
import { fakeCloud } from './fake-cloud.ts';

export { fakeCloud, UNREACHABLE } from './fake-cloud.ts';

const made: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of made.splice(0).reverse()) await undo();
});

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  made.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openGateway(options: Partial<GatewayOptions> = {}, cloud = fakeCloud()) {
  const said: string[] = [];
  const gateway: Gateway = await startGateway(
    {
      ...{ keys: '', spool: temporaryFolder(), spoolLimitBytes: 10e6, whenFull: 'refuse', catchUpBytes: 1e9 },
      http: { host: '127.0.0.1', port: 0 },
      mqtt: { host: '127.0.0.1', port: 0 },
      say: (line) => said.push(line),
      ...options,
    },
    cloud.open,
  );
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= gateway.close();
    return closed;
  };
  made.push(close);
  const post = (body: unknown, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${gateway.http.port}/readings`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    });
  return { gateway, cloud, said, post, close };
}
