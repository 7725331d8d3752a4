/** Devices that send what a scenario tells them to, through the real producer, with its send log. */
import { appendFileSync } from 'node:fs';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import type { StackOutputs } from '../../infra/cli/outputs.ts';
import { formatSentHour, formatTimestamp } from '../../services/contract/reading.ts';
import { systemClock } from '../../simulator/clock.ts';
import { kinesisClient, putRecords } from '../../simulator/sink/kinesis.ts';
import { PutRecordsSink } from '../../simulator/sink/put-records.ts';
import { sendLog } from '../../simulator/sink/send-log.ts';
import type { PackedRecord } from '../../simulator/wire.ts';

export interface Producer {
  /** Resolves when every record is acknowledged. @throws Error when one was given up */
  send(records: readonly { siteId: string; lines: readonly string[] }[]): Promise<void>;
  readonly client: KinesisClient;
  /** Entries that the stream has refused so far because its shards were busy. */
  throttled(): number;
  close(): void;
}

/** A record holds about 24 KB. */
const LINES_PER_RECORD = 100;

export function openProducer(outputs: StackOutputs, logFile: string, requestTimeoutMs = 2_000): Producer {
  // Otherwise the producer's own settings; its time-out of ten seconds would cost ten seconds per lost answer.
  const client = kinesisClient(outputs, {
    requestHandler: { requestTimeout: requestTimeoutMs, disableConcurrentStreams: true },
  });
  let closed = false;
  const waiting = new Map<PackedRecord, (given: string | undefined) => void>();
  const log = sendLog((line) => closed || appendFileSync(logFile, `${line}\n`));
  const put = putRecords(client, outputs.StreamName, outputs.Endpoint);
  const sink = new PutRecordsSink(put, systemClock, Math.random, {
    onSettled(record, result) {
      log(record, result);
      waiting.get(record)?.(result.outcome === 'acked' ? undefined : result.reason);
      waiting.delete(record);
    },
  });

  return {
    client,
    throttled: () => sink.counts.records.throttled,
    async send(batches) {
      const records = batches.flatMap(({ siteId, lines }) => pack(siteId, lines));
      const settled = records.map(
        (record) => new Promise<string | undefined>((resolve) => waiting.set(record, resolve)),
      );
      for (const record of records) sink.push(record);
      sink.flush();
      const reasons = (await Promise.all(settled)).filter((reason) => reason !== undefined);
      if (reasons.length > 0) throw new Error(`${reasons.length} records were given up: ${reasons[0]}`);
    },
    // What a failed scenario was still sending does not matter any more.
    close() {
      closed = true;
      client.destroy();
    },
  };
}

function pack(siteId: string, lines: readonly string[]): PackedRecord[] {
  const records: PackedRecord[] = [];
  for (let start = 0; start < lines.length; start += LINES_PER_RECORD) {
    const some = lines.slice(start, start + LINES_PER_RECORD);
    records.push({ siteId, text: some.join('\n'), lines: some.length, dueMs: Date.now() });
  }
  return records;
}

/** The devices of one site, named `SITE-1` and on. */
export class Site {
  readonly id: string;
  readonly devices: readonly string[];
  readonly #seqs = new Map<string, number>();
  readonly #now: () => number;
  #lastMs = 0;

  /** @param now the devices' clock, ms since the epoch */
  constructor(id: string, devices: number, now: () => number = Date.now) {
    this.id = id;
    this.#now = now;
    this.devices = Array.from({ length: devices }, (_, i) => `${id}-${i + 1}`);
  }

  /** One line per device and temperature, made now, or `agoMs` ago (negative for a clock that is ahead). */
  lines(temperatures: readonly number[], { devices = this.devices, agoMs = 0, cpu = 20.5 } = {}): string[] {
    return temperatures.flatMap((temperature) => {
      // A device's readings differ in their milliseconds.
      this.#lastMs = Math.max(this.#lastMs + 1, this.#now());
      return devices.map((device) => this.#line(device, { temperature, cpu }, this.#lastMs - agoMs));
    });
  }

  #line(device: string, values: { temperature: number; cpu: number }, timeMs: number): string {
    const seq = this.#seqs.get(device) ?? 0;
    this.#seqs.set(device, seq + 1);
    return JSON.stringify({
      ...{ device_id: device, site_id: this.id, seq, ...values, ram: 40, hd: 50 },
      ...{ timestamp: formatTimestamp(timeMs), timestamp_sent: formatSentHour(Date.now()) },
    });
  }
}
