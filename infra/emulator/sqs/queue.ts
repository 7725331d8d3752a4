/** A standard queue in memory. A received message is hidden for a while and appears again unless it is deleted. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Attributes, Message } from './message.ts';

const seconds = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const redrivePolicy = z.object({ deadLetterTargetArn: z.string(), maxReceiveCount: seconds(1, 1000) });

/** Bounds and defaults are SQS' own. */
export const queueProperties = z.object({
  DelaySeconds: seconds(0, 900).default(0),
  MaximumMessageSize: z.coerce.number().int().min(1024).max(1_048_576).default(1_048_576),
  MessageRetentionPeriod: seconds(60, 1_209_600).default(345_600),
  ReceiveMessageWaitTimeSeconds: seconds(0, 20).default(0),
  VisibilityTimeout: seconds(0, 43_200).default(30),
  RedrivePolicy: z
    .union([redrivePolicy, z.string().transform((text) => redrivePolicy.parse(JSON.parse(text)))])
    .optional(),
});
type QueueSettings = z.infer<typeof queueProperties>;

export interface Received {
  message: Message;
  receiptHandle: string;
}

export class Queue {
  readonly name: string;
  readonly arn: string;
  readonly settings: QueueSettings;
  readonly #clock: Clock;
  readonly #messages = new Map<string, Message>();
  /** Receivers that wait for a message; aborted when there may be one. */
  readonly #waiting = new Set<AbortController>();
  #closed = false;

  constructor(name: string, arn: string, properties: unknown, clock: Clock) {
    this.name = name;
    this.arn = arn;
    this.settings = queueProperties.parse(properties);
    this.#clock = clock;
  }

  send(body: string, attributes: Attributes, delaySeconds = this.settings.DelaySeconds): Message {
    const nowMs = this.#clock.elapsed();
    const message: Message = {
      ...{ id: randomUUID(), body, attributes, receives: 0, sentMs: this.#clock.now() },
      ...{ keptFromMs: nowMs, visibleFromMs: nowMs + delaySeconds * 1000 },
    };
    this.add(message);
    return message;
  }

  /** Adds a message as it is. */
  add(message: Message): void {
    this.#messages.set(message.id, message);
    this.#wake();
  }

  /**
   * Up to `max` messages. Where there is none, waits for the first to arrive, for `wait` seconds at most.
   * @param moveToDeadLetters takes a message that has been received too often; false where it has nowhere to go
   */
  async receive(
    max: number,
    moveToDeadLetters: (message: Message) => boolean,
    {
      wait = this.settings.ReceiveMessageWaitTimeSeconds,
      hide = this.settings.VisibilityTimeout,
    }: { wait?: number; hide?: number },
  ): Promise<Received[]> {
    const endMs = this.#clock.elapsed() + wait * 1000;
    for (;;) {
      const received = this.#take(max, hide, moveToDeadLetters);
      const leftMs = endMs - this.#clock.elapsed();
      if (received.length > 0 || leftMs <= 0 || this.#closed) return received;
      await this.#change(Math.min(leftMs, this.#untilVisibleMs()));
    }
  }

  /** The handle of an earlier receipt deletes nothing, and is not an error. */
  delete(receiptHandle: string): void {
    const [id = ''] = receiptHandle.split('#');
    const message = this.#messages.get(id);
    if (message && handleOf(message) === receiptHandle) this.#messages.delete(id);
  }

  purge(): void {
    this.#messages.clear();
  }

  counts(): { visible: number; hidden: number; delayed: number } {
    this.#expire();
    const nowMs = this.#clock.elapsed();
    const waiting = [...this.#messages.values()].filter(({ visibleFromMs }) => visibleFromMs > nowMs);
    const delayed = waiting.filter(({ receives }) => receives === 0).length;
    const hidden = waiting.length - delayed;
    return { visible: this.#messages.size - waiting.length, hidden, delayed };
  }

  /** Ends every wait; later ones end at once. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #take(max: number, hide: number, moveToDeadLetters: (message: Message) => boolean): Received[] {
    this.#expire();
    const nowMs = this.#clock.elapsed();
    const taken: Received[] = [];
    for (const message of this.#messages.values()) {
      if (taken.length === max) break;
      if (message.visibleFromMs > nowMs) continue;
      const maxReceives = this.settings.RedrivePolicy?.maxReceiveCount ?? Number.POSITIVE_INFINITY;
      if (message.receives >= maxReceives && moveToDeadLetters(message)) {
        this.#messages.delete(message.id);
        continue;
      }
      message.receives += 1;
      message.firstReceivedMs ??= this.#clock.now();
      message.visibleFromMs = nowMs + hide * 1000;
      taken.push({ message, receiptHandle: handleOf(message) });
    }
    return taken;
  }

  #expire(): void {
    const oldestMs = this.#clock.elapsed() - this.settings.MessageRetentionPeriod * 1000;
    for (const { id, keptFromMs } of this.#messages.values()) {
      if (keptFromMs <= oldestMs) this.#messages.delete(id);
    }
  }

  #untilVisibleMs(): number {
    const next = Math.min(...[...this.#messages.values()].map(({ visibleFromMs }) => visibleFromMs));
    return Math.max(0, next - this.#clock.elapsed());
  }

  /** Resolves when a message may have arrived, after `ms` at the latest. */
  async #change(ms: number): Promise<void> {
    const waiter = new AbortController();
    this.#waiting.add(waiter);
    await this.#clock.sleep(ms, waiter.signal);
    this.#waiting.delete(waiter);
  }

  #wake(): void {
    for (const waiter of this.#waiting) waiter.abort();
  }
}

const handleOf = ({ id, receives }: Message) => `${id}#${receives}`;
