/** The buffer that takes records at the moment: its size or its age ends it, it is delivered, and the next one begins. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock, Timer } from '../base/clock.ts';
import type { Passed } from '../kinesis/reader/passed.ts';
import { DeliveryBuffer } from './buffer.ts';
import type { Deliveries } from './deliveries.ts';
import type { SourceRecord } from './error-entry.ts';
import type { Intake } from './intake.ts';
import { sealBuffer } from './objects.ts';
import type { Destination } from './properties.ts';
import type { Spool } from './spool.ts';
import type { Transform } from './transform.ts';

export interface FillingParts {
  /** Of the delivery stream. */
  name: string;
  destination: Destination;
  intake: Intake;
  transform: Transform | undefined;
  /** Folder of objects that are not delivered yet. */
  staging: string;
  spool: Pick<Spool, 'rotate'>;
  clock: Clock;
}

/** Its steps must not overlap: the caller takes and seals in turn. */
export class Filling {
  readonly #parts: FillingParts;
  readonly #deliveries: Deliveries;
  readonly #onDue: () => void;
  #buffer: DeliveryBuffer;
  #timer: Timer | undefined;
  #spilling: Promise<void> = Promise.resolve();

  /** @param onDue the buffer is old enough to be sealed */
  constructor(parts: FillingParts, deliveries: Deliveries, onDue: () => void) {
    this.#parts = parts;
    this.#deliveries = deliveries;
    this.#onDue = onDue;
    this.#buffer = this.#newBuffer();
  }

  /** Arrival of its oldest record, in ms since the epoch; Infinity where it is empty. */
  get oldestMs(): number {
    return this.#buffer.oldestMs;
  }

  /** The size of a buffer is a hint: records that arrive together stay together. */
  async take(records: readonly SourceRecord[], shardId?: string, passed?: Passed): Promise<void> {
    const { intake, clock, destination } = this.#parts;
    const buffer = this.#buffer;
    await intake.take(buffer, await this.#transformed(buffer, records), () => this.#makeRoom(buffer));
    const last = records.at(-1)?.sequenceNumber;
    if (shardId !== undefined && last !== undefined) buffer.lastTaken.set(shardId, last);
    if (shardId !== undefined && passed !== undefined) buffer.passed.set(shardId, passed);
    if (!buffer.isEmpty) this.#timer ??= clock.after(destination.bufferSeconds * 1000, this.#onDue);
    if (buffer.bytes >= destination.bufferBytes) await this.seal();
  }

  /** Resolves when the buffer is queued for delivery, and the next one is empty. */
  async seal(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#buffer.isEmpty) return;
    const { name, destination, spool, clock } = this.#parts;
    await this.#deliveries.add(() => {
      const buffer = this.#buffer;
      this.#buffer = this.#newBuffer();
      return sealBuffer(buffer, destination, name, spool.rotate(), clock.now());
    });
  }

  /** Resolves when nothing is being spilled. */
  settled(): Promise<void> {
    return this.#spilling;
  }

  /** Each buffer has a folder of its own name: the next start may repeat the moves that the journal holds. */
  #newBuffer(): DeliveryBuffer {
    const { staging, destination } = this.#parts;
    return new DeliveryBuffer(join(staging, `buffer-${randomUUID()}`), destination.schema);
  }

  /** What the function makes of the records; what it cannot transform is an error entry with its own bytes. */
  async #transformed(
    buffer: DeliveryBuffer,
    records: readonly SourceRecord[],
  ): Promise<readonly SourceRecord[]> {
    const { transform, clock } = this.#parts;
    if (!transform) return records;
    const { records: lines, failed, dropped } = await transform(records);
    buffer.droppedLines += dropped;
    // Where nothing is left, the records were taken all the same.
    if (lines.length === 0) buffer.records += records.length;
    for (const { line, failure } of failed) {
      const { data: rawData, number: subSequenceNumber } = line;
      const attemptEndingMs = clock.now();
      buffer.addError({ failure, record: line, rawData, subSequenceNumber, attemptEndingMs }, line.lines);
    }
    return lines;
  }

  /** Spills the buffer while the next records are parsed. Waits for the spill before it, so that memory is bounded. */
  async #makeRoom(buffer: DeliveryBuffer): Promise<void> {
    await this.#spilling;
    // After a final failure the delivery spills once more and reports the error.
    this.#spilling = this.#deliveries
      .persist('Buffering on disk', () => buffer.spill())
      .catch(() => undefined);
  }
}
