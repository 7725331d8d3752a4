/** What one device publishes: onto the disk, in order, and then acknowledged. */
import type { IPublishPacket } from 'mqtt-packet';
import type { Checked } from './body.ts';
import type { Intake } from './intake.ts';
import type { KeepRejected } from './rejected.ts';

const TOPIC = /^readings(?:\/([^/]+))?$/;
/** Of a topic, in what a person reads. */
const SHOWN_CHARACTERS = 100;

interface PublicationsOptions {
  intake: Intake;
  keepRejected: KeepRejected;
  /** Aborts when the device has gone, or the gateway ends: what is here is stored, but waits for no space. */
  stop: AbortSignal;
  /** @param refused whether it has no reading at all */
  acknowledge(packet: IPublishPacket, refused: boolean): void;
  /** Some are on the disk; so many bytes wait. */
  onStored(queuedBytes: number): void;
  /** Some could not be stored, and are not acknowledged: their device has to send them again. */
  onNotStored(): void;
}

export class Publications {
  readonly #options: PublicationsOptions;
  readonly #queue: IPublishPacket[] = [];
  #queuedBytes = 0;
  #working = false;
  /** Who has signed in, where somebody had to. */
  device: string | undefined;

  constructor(options: PublicationsOptions) {
    this.#options = options;
  }

  /** @returns bytes that are not on the disk yet */
  add(packet: IPublishPacket): number {
    this.#queue.push(packet);
    this.#queuedBytes += packet.payload.length;
    if (!this.#working) void this.#work();
    return this.#queuedBytes;
  }

  /** In order, and what has come in meanwhile together: one write to the disk for all. */
  async #work(): Promise<void> {
    this.#working = true;
    // All packets of one piece of data belong together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const packets = this.#queue.splice(0);
      try {
        await this.#store(packets);
      } catch {
        this.#giveUp([...packets, ...this.#queue.splice(0)]);
        this.#options.onNotStored();
        return;
      }
      for (const { payload } of packets) this.#queuedBytes -= payload.length;
      this.#options.onStored(this.#queuedBytes);
    }
    this.#working = false;
  }

  async #store(packets: readonly IPublishPacket[]): Promise<void> {
    const { intake, keepRejected, stop, acknowledge } = this.#options;
    const checked = packets.map((packet) => this.#check(packet));
    const all = {
      lines: checked.flatMap(({ lines }) => lines),
      refused: checked.flatMap(({ refused }) => refused),
    };
    await intake.storeInTheEnd(all, stop);
    for (const [i, packet] of packets.entries()) acknowledge(packet, checked[i]?.lines.length === 0);
    for (const [i, { topic, payload }] of packets.entries()) {
      const [first] = checked[i]?.refused ?? [];
      if (first) await keepRejected({ topic, reason: first.reason, payload: payload.toString() });
    }
  }

  #check({ topic, payload }: IPublishPacket): Checked {
    const [match, device] = TOPIC.exec(topic) ?? [];
    const shown = topic.slice(0, SHOWN_CHARACTERS);
    const refuse = (reason: string) => ({ lines: [], refused: [{ line: 1, reason }] });
    if (match === undefined) return refuse(`Expected the topic readings/DEVICE, got ${shown}`);
    if (device !== undefined && this.device !== undefined && device !== this.device) {
      return refuse(`Expected the topic readings/${this.device}, which has signed in, got ${shown}`);
    }
    const checked = this.#options.intake.check(payload.toString(), this.device);
    const isEmpty = checked.lines.length === 0 && checked.refused.length === 0;
    return isEmpty ? refuse('Expected readings, got an empty message. Send a JSON object a line.') : checked;
  }

  /** Nobody sends again what came without quality of service. */
  #giveUp(packets: readonly IPublishPacket[]): void {
    for (const { qos } of packets) {
      if (qos > 0) continue;
      this.#options.intake.refuse(
        'The disk has no space, and the device has gone. Let it publish with QoS 1.',
      );
    }
  }
}
