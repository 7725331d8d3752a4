/**
 * The least that a durable intake in this language does: reads a call, decodes its records, writes them to one file and
 * answers when they are on the disk. No checks, no limits, no shards, no checksums, nothing that could be read again.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { LOOPBACK, listenOnLoopback } from '../../infra/emulator/wire/loopback.ts';
import type { Server } from '../infra/emulator/kinesis/conformance/servers.ts';

const FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_DSYNC;
const PLACED = { SequenceNumber: '4'.repeat(56), ShardId: 'shardId-000000000000' };

export async function startByHand(folder: string): Promise<Server> {
  const file = await open(join(folder, 'records'), FLAGS, 0o600);
  let end = 0;
  const put = async (body: string): Promise<object> => {
    const { Records } = JSON.parse(body) as { Records: { Data: string }[] };
    const records = Records.map(({ Data }) => Buffer.from(Data, 'base64'));
    const at = end;
    end += records.reduce((sum, { length }) => sum + length, 0);
    await file.writev(records, at);
    return { FailedRecordCount: 0, Records: records.map(() => PLACED) };
  };
  const answers: Record<string, (body: string) => object | Promise<object>> = {
    CreateStream: () => ({}),
    DescribeStreamSummary: () => ({ StreamDescriptionSummary: { StreamStatus: 'ACTIVE' } }),
    PutRecords: put,
  };
  const server = createServer(async (request, response) => {
    const answer = answers[String(request.headers['x-amz-target']).split('.')[1] ?? ''];
    const text = JSON.stringify(await answer?.(await bodyOf(request)));
    response.writeHead(200, { 'content-length': text.length }).end(text);
  });
  const { port, close } = await listenOnLoopback(server, 0);
  return {
    endpoint: `http://${LOOPBACK}:${port}`,
    async close() {
      await close();
      await file.close();
    },
  };
}

function bodyOf(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(Buffer.concat(chunks).toString('latin1')));
    request.on('error', reject);
  });
}
