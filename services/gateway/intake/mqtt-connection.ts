/**
 * One device that speaks MQTT 3.1.1 or 5. It may publish to `readings` and `readings/DEVICE`; nothing can be subscribed.
 * A publication is acknowledged when its readings are on the disk. While there is no space for them the acknowledgement
 * is withheld and the connection stays: a client that is cut off would connect again at once.
 */
import type { Socket } from 'node:net';
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import type { Intake } from './intake.ts';
import type { KeepRejected, Rejected } from './rejected.ts';

/** Of one packet; AWS IoT allows as much. */
const MAX_PACKET_BYTES = 128 * 1024;
/** Waiting for the disk: above it, nothing more is read from the connection. */
const MAX_QUEUED_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
/** A client that was silent for 1.5 times its keep-alive is gone (MQTT 3.1.1, 3.1.2.10). */
const KEEP_ALIVE_SHARE_MS = 1500;
/** Publications under way that an MQTT 5 client may have. */
const RECEIVE_MAXIMUM = 100;
const TOPIC = /^readings(?:\/([^/]+))?$/;

/** Reason codes: MQTT 5, and what says the same in 3.1.1. */
const BAD_LOGIN = { 5: 0x86, 4: 4 } as const;
const NOT_AUTHORIZED = { 5: 0x87, 4: 0x80 } as const;
const PAYLOAD_INVALID = 0x99;
const MALFORMED = 0x81;
const TOO_LARGE = 0x95;

export interface ConnectionOptions {
  intake: Intake;
  keepRejected: KeepRejected;
  /** Aborts when the gateway ends. */
  stop: AbortSignal;
}

export class MqttConnection {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  /** Aborts when the device has gone, or the gateway ends. */
  readonly #stop: AbortSignal;
  readonly #queue: IPublishPacket[] = [];
  #queuedBytes = 0;
  #working = false;
  #isSignedIn = false;
  /** Its name, where it gave one. */
  #device: string | undefined;
  #version: 4 | 5 | undefined;
  /** QoS 2: stored, and not released by the client yet. */
  readonly #unreleased = new Set<number>();

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const gone = new AbortController();
    this.#stop = AbortSignal.any([options.stop, gone.signal]);
    const packets = parser();
    const end = () => socket.destroy();
    packets.on('packet', (packet) => this.#receive(packet));
    packets.on('error', ({ message }) =>
      this.#giveUp(MALFORMED, `Expected MQTT, got another form (${message})`),
    );
    socket.setNoDelay(true).setTimeout(CONNECT_TIMEOUT_MS, end);
    socket.on('data', (data: Buffer) => {
      if (packets.parse(data) > MAX_PACKET_BYTES)
        this.#giveUp(TOO_LARGE, `Expected at most ${MAX_PACKET_BYTES} bytes in a message. Send several`);
    });
    socket.on('error', end).on('close', () => gone.abort());
  }

  #receive(packet: Packet): void {
    if (this.#version === undefined) {
      if (packet.cmd === 'connect') this.#connect(packet);
      else this.#socket.destroy();
      return;
    }
    const { messageId } = packet;
    if (packet.cmd === 'publish') this.#enqueue(packet);
    else if (packet.cmd === 'pingreq') this.#send({ cmd: 'pingresp' });
    else if (packet.cmd === 'pubrel') this.#release(messageId ?? 0);
    else if (packet.cmd === 'subscribe') {
      const granted = packet.subscriptions.map(() => NOT_AUTHORIZED[this.#version ?? 4]);
      this.#send({ cmd: 'suback', messageId, granted } as Packet);
    } else if (packet.cmd === 'unsubscribe') {
      this.#send({ cmd: 'unsuback', messageId, granted: packet.unsubscriptions.map(() => 0) } as Packet);
    } else this.#socket.end();
  }

  #connect({ protocolVersion, username, password, keepalive = 0 }: IConnectPacket): void {
    const version = protocolVersion === 5 ? 5 : 4;
    this.#version = version;
    if (!this.#options.intake.allows(username, password?.toString())) {
      const code = BAD_LOGIN[version];
      this.#send({ cmd: 'connack', returnCode: code, reasonCode: code, sessionPresent: false });
      this.#socket.end();
      return;
    }
    this.#device = username;
    this.#isSignedIn = true;
    this.#socket.setTimeout(keepalive * KEEP_ALIVE_SHARE_MS);
    const properties = {
      receiveMaximum: RECEIVE_MAXIMUM,
      maximumPacketSize: MAX_PACKET_BYTES,
      retainAvailable: false,
    };
    this.#send({
      ...{ cmd: 'connack', returnCode: 0, reasonCode: 0, sessionPresent: false },
      ...(version === 5 && { properties }),
    });
  }

  #enqueue(packet: IPublishPacket): void {
    if (packet.qos === 2 && this.#unreleased.has(packet.messageId ?? 0)) {
      this.#acknowledge(packet, false);
      return;
    }
    this.#queue.push(packet);
    this.#queuedBytes += packet.payload.length;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) this.#socket.pause();
    if (!this.#working) void this.#work();
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
        // Not stored, and not acknowledged: the client sends it again.
        this.#socket.destroy();
        return;
      }
      for (const { payload } of packets) this.#queuedBytes -= payload.length;
      if (this.#queuedBytes <= MAX_QUEUED_BYTES) this.#socket.resume();
    }
    this.#working = false;
  }

  async #store(packets: readonly IPublishPacket[]): Promise<void> {
    const { intake, keepRejected } = this.#options;
    const checked = packets.map((packet) => this.#check(packet));
    const all = {
      lines: checked.flatMap(({ lines }) => lines),
      refused: checked.flatMap(({ refused }) => refused),
    };
    await intake.storeInTheEnd(all, this.#stop);
    packets.forEach((packet, i) => {
      this.#acknowledge(packet, (checked[i]?.lines.length ?? 0) === 0);
    });
    for (const [i, { refused }] of checked.entries()) {
      const { topic = '', payload = '' } = packets[i] ?? {};
      const [first] = refused;
      if (first)
        await keepRejected({ topic, reason: first.reason, payload: payload.toString() } satisfies Rejected);
    }
  }

  #check({ topic, payload }: IPublishPacket) {
    const [match, device] = TOPIC.exec(topic) ?? [];
    const refuse = (reason: string) => ({ lines: [], refused: [{ line: 1, reason }] });
    if (match === undefined) return refuse(`Expected the topic readings/DEVICE, got ${topic.slice(0, 100)}`);
    if (device !== undefined && this.#device !== undefined && device !== this.#device) {
      return refuse(`Expected the topic readings/${this.#device}, which has signed in, got ${topic}`);
    }
    const checked = this.#options.intake.check(payload.toString(), this.#device);
    const isEmpty = checked.lines.length === 0 && checked.refused.length === 0;
    return isEmpty ? refuse('Expected readings, got an empty message. Send a JSON object a line.') : checked;
  }

  #acknowledge({ qos, messageId = 0 }: IPublishPacket, refused: boolean): void {
    if (qos === 0) return;
    if (qos === 2) this.#unreleased.add(messageId);
    const reasonCode = refused && qos === 1 ? PAYLOAD_INVALID : 0;
    this.#send({ cmd: qos === 1 ? 'puback' : 'pubrec', messageId, reasonCode } as Packet);
  }

  /** There is no way to go on. Who has signed in is counted: it would send the same again after each connection. */
  #giveUp(reasonCode: number, reason: string): void {
    const { intake, keepRejected } = this.#options;
    this.#socket.removeAllListeners('data');
    if (this.#version === 5) this.#send({ cmd: 'disconnect', reasonCode } as Packet);
    this.#socket.destroySoon();
    if (!this.#isSignedIn) return;
    intake.refuse(reason);
    void keepRejected({ topic: '', reason, payload: '' });
  }

  #release(messageId: number): void {
    this.#unreleased.delete(messageId);
    this.#send({ cmd: 'pubcomp', messageId });
  }

  #send(packet: Packet): void {
    if (this.#socket.writable) this.#socket.write(generate(packet, { protocolVersion: this.#version }));
  }
}
