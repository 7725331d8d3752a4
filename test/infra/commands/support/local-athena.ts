/** Local Athena over HTTP in AWS' own protocol, with the outputs of a stack that has nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AwsError } from '../../../../infra/emulator/wire/aws-error.ts';
import { DATABASE, type Harness, WORK_GROUP } from '../../emulator/athena/support/harness.ts';

export interface ServedAthena {
  /** State folder, for `--dir`. */
  dir: string;
  close(): void;
}

export async function serveAthena(
  harness: Harness,
  outputs: Record<string, string> = {},
): Promise<ServedAthena> {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const send = (status: number, value: object) =>
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(value));
    try {
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      send(200, await harness.call(operation, JSON.parse(body)));
    } catch (error) {
      const { code, message, status } = error as AwsError;
      send(status, { __type: code, message });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const dir = mkdtempSync(join(tmpdir(), 'commands-'));
  const { port } = server.address() as AddressInfo;
  writeOutputs(dir, { Endpoint: `http://127.0.0.1:${port}`, ...outputs });
  return {
    dir,
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** The outputs of such a stack, in a state folder. */
export function writeOutputs(dir: string, outputs: Record<string, string>): void {
  const unused = [
    ...['StreamName', 'AlertTopicArn', 'LakeBucketName', 'FailureBucketName', 'AlertsTableName'],
    ...['StateTableName', 'DetectorFunctionName'],
  ];
  const all = {
    ...Object.fromEntries(unused.map((name) => [name, 'x'])),
    ...{
      Region: 'us-east-1',
      DatabaseName: DATABASE,
      WorkGroupName: WORK_GROUP,
      ReadingsTableName: 'readings',
    },
    ...outputs,
  };
  writeFileSync(join(dir, 'outputs.json'), JSON.stringify({ Streamwatch: all }));
}
