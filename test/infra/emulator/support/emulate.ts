/** The emulator over a template that a test writes down, in a temporary folder. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { EventBus } from '../../../../infra/emulator/base/events.ts';
import { type Emulator, type EmulatorOptions, openEmulator } from '../../../../infra/emulator/emulator.ts';
import { loadAssembly } from '../../../../infra/emulator/stack/template.ts';

export const STACK = 'Shop';

interface Emulated extends Emulator {
  folder: string;
  bus: EventBus;
  /** Answers an operation of a service that speaks JSON; a refusal is `{ status, code, message }`. */
  call<T>(service: string, operation: string, body: object): Promise<T>;
}

/** @param assets content of files, by asset and path, such as `{ code: { 'index.mjs': '…' } }`; their keys are `code.zip` */
export async function emulate(
  template: { Resources: object; Outputs?: object },
  assets: Record<string, Record<string, string>> = {},
  options: Partial<EmulatorOptions> = {},
): Promise<Emulated> {
  const folder = mkdtempSync(join(tmpdir(), 'emulator-'));
  const put = (path: string, content: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  put(`${STACK}.template.json`, JSON.stringify(template));
  const files: Record<string, object> = {};
  for (const [name, content] of Object.entries(assets)) {
    for (const [path, text] of Object.entries(content)) put(`asset.${name}/${path}`, text);
    files[name] = {
      source: { path: `asset.${name}`, packaging: 'zip' },
      destinations: { here: { objectKey: `${name}.zip` } },
    };
  }
  if (Object.keys(files).length > 0) put(`${STACK}.assets.json`, JSON.stringify({ files }));

  const bus = new EventBus();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const emulator = await openEmulator({
    assembly: loadAssembly(folder, STACK),
    ...{ stackName: STACK, stateDir: join(folder, 'state'), port: 0, bus },
    // A test reads more often than five times a second.
    shardLimits: false,
    ...options,
  });
  onTestFinished(() => emulator.close());
  return {
    ...emulator,
    ...{ folder, bus },
    async call<T>(service: string, operation: string, body: object): Promise<T> {
      const response = await fetch(emulator.endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `Amazon${service.toUpperCase()}.${operation}`,
          authorization: `AWS4-HMAC-SHA256 Credential=local/20260131/us-east-1/${service}/aws4_request, Signature=0`,
        },
        body: JSON.stringify(body),
      });
      const answer = (await response.json()) as { __type?: string; message?: string };
      if (response.ok) return answer as T;
      throw Object.assign(new Error(answer.message), { code: answer.__type, status: response.status });
    },
  };
}
