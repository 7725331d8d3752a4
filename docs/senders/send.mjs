// Lines of metrics such as {"temperature": 21.5} on stdin → readings. Needs @aws-sdk/client-kinesis and, in the
// environment, STREAM_NAME, SITE and DEVICE.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis';

const { STREAM_NAME: StreamName, SITE: site_id, DEVICE: device_id } = process.env;
if (!StreamName || !site_id || !device_id) {
  process.stderr.write('Set STREAM_NAME, SITE and DEVICE; for npm start: . docs/senders/local.sh\n');
  process.exit(1);
}
const file = `${device_id}.seq`; // kept, so that a restart goes on counting
let [seq, lastSent] = [existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0, Date.now()];
const [kinesis, waiting] = [new KinesisClient(), []];

/** One record of at most 100 lines (24 KB) at a time, so that none overtakes another; again until it is taken. */
async function send() {
  while (waiting.length > 0) {
    const timestamp_sent = new Date().toISOString().slice(0, 13).replace('T', ' ');
    const lines = waiting.slice(0, 100).map((one) => JSON.stringify({ ...one, timestamp_sent }));
    const Records = [{ Data: Buffer.from(lines.join('\n')), PartitionKey: site_id }];
    const answer = await kinesis.send(new PutRecordsCommand({ StreamName, Records }));
    if (answer.FailedRecordCount === 0) waiting.splice(0, 100);
    else await sleep(Math.random() * 1000);
  }
  lastSent = Date.now();
}
for await (const line of createInterface({ input: process.stdin })) {
  waiting.push({ ...JSON.parse(line), device_id, site_id, seq, timestamp: new Date().toISOString() });
  writeFileSync(file, String(++seq));
  if (waiting.length >= 100 || Date.now() - lastSent > 1000) await send();
}
await send();
