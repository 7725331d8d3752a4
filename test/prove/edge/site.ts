/** A site that is enrolled at the stage's pipeline, whose gateway reaches it over lines that can be cut. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  ProvisionedThroughputExceededException,
} from '@aws-sdk/client-kinesis';
import { runEnroll } from '../../../infra/commands/enroll/enroll.ts';
import { Line } from '../../../infra/local/edge/line.ts';
import { Site } from '../producer.ts';
import type { Stage } from '../stage.ts';
import { GatewayProcess } from './gateway-process.ts';

const RETRY_MS = 20;
const THROTTLED_MS = 500;
/** About 2 MB: more would take a client longer than it waits, where the machine is busy. */
const PAGE_RECORDS = 100;

export class EdgeSite {
  readonly site: Site;
  readonly gateway: GatewayProcess;
  readonly #stage: Stage;
  readonly #lines: Line[];

  private constructor(stage: Stage, site: Site, gateway: GatewayProcess, lines: Line[]) {
    this.site = site;
    this.gateway = gateway;
    this.#stage = stage;
    this.#lines = lines;
  }

  static async open(stage: Stage, id: string, devices: number, flags: string[] = []): Promise<EdgeSite> {
    const said: string[] = [];
    const io = { stdout: () => {}, stderr: (text: string) => void said.push(text) };
    const out = join(stage.root, 'sites');
    const code = await runEnroll([id, '--local', '--dir', stage.stateDir, '--out', out], io);
    if (code !== 0) throw new Error(said.join(''));
    const file = join(out, id, 'site.json');
    const site = JSON.parse(readFileSync(file, 'utf8')) as Record<'endpoint' | 'credentialsEndpoint', string>;
    const api = await Line.to(Number(new URL(site.endpoint).port));
    const provider = await Line.to(Number(site.credentialsEndpoint.split(':')[1]));
    const through = {
      endpoint: `http://127.0.0.1:${api.port}`,
      credentialsEndpoint: `127.0.0.1:${provider.port}`,
    };
    writeFileSync(file, JSON.stringify({ ...site, ...through }));
    const gateway = await GatewayProcess.start(stage.root, join(out, id), flags);
    return new EdgeSite(stage, new Site(id, devices), gateway, [api, provider]);
  }

  cut(): void {
    for (const line of this.#lines) line.cut();
  }

  restore(): void {
    for (const line of this.#lines) line.restore();
  }

  /** A device sends until it is told that its readings are stored, and notes which those were. */
  async send(lines: readonly string[]): Promise<void> {
    while ((await this.gateway.post(lines)) !== 204) await sleep(RETRY_MS);
    this.note(lines);
  }

  /** These have been acknowledged. */
  note(lines: readonly string[]): void {
    const readings: Record<string, number[]> = {};
    for (const line of lines) {
      const { device_id: device, seq } = JSON.parse(line) as { device_id: string; seq: number };
      readings[device] = [...(readings[device] ?? []), seq];
    }
    const entry = { status: 'acked', site_id: this.site.id, readings, malformed: 0 };
    appendFileSync(this.#stage.sendLog, `${JSON.stringify(entry)}\n`);
  }

  /** Waits until nothing waits on the gateway's disk. */
  async untilEmpty(): Promise<void> {
    await this.#stage.until('the gateway has sent everything', async () => {
      const status = await this.gateway.status();
      return status?.readings.waiting === 0 && status.cloud.ok;
    });
  }

  /** @throws Error if a device's readings are not all in the stream, first occurrences in their order */
  async expectOrder(): Promise<void> {
    const { client } = this.#stage.producer;
    const StreamName = this.#stage.outputs.StreamName;
    const shard = { StreamName, ShardId: 'shardId-000000000000' };
    const iterator = await client.send(
      new GetShardIteratorCommand({ ...shard, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const next = new Map<string, number>();
    let at = iterator.ShardIterator;
    for (;;) {
      const page = await retried(() =>
        client.send(new GetRecordsCommand({ ShardIterator: at, Limit: PAGE_RECORDS })),
      );
      for (const { Data, PartitionKey } of page.Records ?? []) {
        const lines = Buffer.from(Data as Uint8Array)
          .toString()
          .split('\n');
        if (siteOf(lines) !== this.site.id) continue;
        if (PartitionKey !== this.site.id) throw new Error(`A record has the key ${PartitionKey}`);
        for (const line of lines) checkNext(next, line);
      }
      if (page.Records?.length === 0 && page.MillisBehindLatest === 0) return;
      at = page.NextShardIterator;
    }
  }

  async close(): Promise<void> {
    await this.gateway.stop();
    for (const line of this.#lines) line.close();
  }
}

/** A shard whose limits are kept gives 2 MB a second, and is asked again until then. */
async function retried<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof ProvisionedThroughputExceededException)) throw error;
      await sleep(THROTTLED_MS);
    }
  }
}

const siteOf = ([line = '{}']: readonly string[]) => (JSON.parse(line) as { site_id?: string }).site_id;

function checkNext(next: Map<string, number>, text: string): void {
  const { device_id: device, seq } = JSON.parse(text) as { device_id: string; seq: number };
  const expected = next.get(device) ?? 0;
  if (seq > expected) throw new Error(`${device}: ${seq} came before ${expected}`);
  next.set(device, Math.max(expected, seq + 1));
}
