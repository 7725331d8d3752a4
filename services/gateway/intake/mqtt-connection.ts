/**
 * One device that speaks MQTT 3.1.1 or 5. It may publish to `readings` and `readings/DEVICE`; nothing can be subscribed.
 * A publication is acknowledged when its readings are on the disk. While there is no space for them the acknowledgement
 * is withheld and the connection stays: a client that is cut off would connect again at once.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { generate, type IConnectPacket, type IPublishPacket, type Packet } from 'mqtt-packet';
import { packetReader } from '../mqtt/packet-reader.ts';
import type { Intake } from './intake.ts';
import { Publications } from './publications.ts';
import type { KeepRejected } from './rejected.ts';

/** Of one packet; AWS IoT allows as much. */
const MAX_PACKET_BYTES = 128 * 1024;
/** Waiting for the disk: above it, nothing more is read from the connection. */
const MAX_QUEUED_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
/** A client that was silent for 1.5 times its keep-alive is gone (MQTT 3.1.1, 3.1.2.10). */
const KEEP_ALIVE_SHARE_MS = 1500;
/** Publications under way that an MQTT 5 client may have. */
const RECEIVE_MAXIMUM = 100;

/** Reason codes: MQTT 5, and what says the same in 3.1.1. */
const BAD_LOGIN = { 5: 0x86, 4: 4 } as const;
const NOT_AUTHORIZED = { 5: 0x87, 4: 0x80 } as const;
const BAD_AUTHENTICATION_METHOD = 0x8c;
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
  readonly #publications: Publications;
  /** `ended`: the connection is being closed, and whatever else comes over it does not count. */
  #phase: 'new' | 'signed in' | 'ended' = 'new';
  #version: 4 | 5 = 4;
  /** QoS 2: stored, and not released by the client yet. */
  readonly #unreleased = new Set<number>();

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    const gone = new AbortController();
    this.#publications = new Publications({
      ...{ intake: options.intake, keepRejected: options.keepRejected },
      stop: AbortSignal.any([options.stop, gone.signal]),
      acknowledge: (packet, refused) => this.#acknowledge(packet, refused),
      onStored: (queuedBytes) => queuedBytes <= MAX_QUEUED_BYTES && socket.resume(),
      onNotStored: () => socket.destroy(),
    });
    const end = () => socket.destroy();
    const read = packetReader((packet) => this.#receive(packet));
    socket.setNoDelay(true).setTimeout(CONNECT_TIMEOUT_MS, end);
    socket.on('data', (data: Buffer) => {
      const { malformed, incompleteBytes } = read(data);
      if (malformed !== undefined) this.#giveUp(MALFORMED, `Expected MQTT, got another form (${malformed})`);
      else if (incompleteBytes > MAX_PACKET_BYTES)
        this.#giveUp(TOO_LARGE, `Expected at most ${MAX_PACKET_BYTES} bytes in a message. Send several`);
    });
    socket.on('error', end).on('close', () => gone.abort());
  }

  #receive(packet: Packet): void {
    // Several packets come in one piece: those behind a refused CONNECT are here before the socket is closed.
    if (this.#phase === 'ended') return;
    if (this.#phase === 'new') {
      if (packet.cmd === 'connect') this.#connect(packet);
      else this.#end();
      return;
    }
    const { messageId } = packet;
    if (packet.cmd === 'publish') this.#take(packet);
    else if (packet.cmd === 'pingreq') this.#send({ cmd: 'pingresp' });
    else if (packet.cmd === 'pubrel') this.#release(messageId ?? 0);
    else if (packet.cmd === 'subscribe') {
      const granted = packet.subscriptions.map(() => NOT_AUTHORIZED[this.#version]);
      this.#send({ cmd: 'suback', messageId, granted } as Packet);
    } else if (packet.cmd === 'unsubscribe') {
      this.#send({ cmd: 'unsuback', messageId, granted: packet.unsubscriptions.map(() => 0) } as Packet);
    } else this.#end();
  }

  #connect(packet: IConnectPacket): void {
    const { intake } = this.#options;
    this.#version = packet.protocolVersion === 5 ? 5 : 4;
    const device = deviceOf(packet);
    const code = this.#refusalOf(packet, device) ?? 0;
    this.#send({
      ...{ cmd: 'connack', returnCode: code, reasonCode: code, sessionPresent: false },
      ...(code === 0 && this.#version === 5 && { properties: termsFor(packet) }),
    });
    if (code !== 0) {
      this.#end();
      return;
    }
    this.#phase = 'signed in';
    // Where no password is asked for, a name says nothing: the SDKs of AWS IoT put their version there.
    if (intake.asksForPassword) this.#publications.device = device;
    this.#socket.setTimeout((packet.keepalive ?? 0) * KEEP_ALIVE_SHARE_MS);
  }

  #refusalOf({ password, properties }: IConnectPacket, device: string | undefined): number | undefined {
    if (properties?.authenticationMethod !== undefined) return BAD_AUTHENTICATION_METHOD;
    const allowed = this.#options.intake.allows(device, password?.toString());
    return allowed ? undefined : BAD_LOGIN[this.#version];
  }

  #take(packet: IPublishPacket): void {
    if (packet.qos === 2 && this.#unreleased.has(packet.messageId ?? 0)) this.#acknowledge(packet, false);
    else if (this.#publications.add(packet) > MAX_QUEUED_BYTES) this.#socket.pause();
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
    const isKnown = this.#phase === 'signed in';
    if (isKnown && this.#version === 5) this.#send({ cmd: 'disconnect', reasonCode } as Packet);
    this.#end();
    if (!isKnown) return;
    intake.refuse(reason);
    void keepRejected({ topic: '', reason, payload: '' });
  }

  #end(): void {
    this.#phase = 'ended';
    this.#socket.removeAllListeners('data');
    this.#socket.destroySoon();
  }

  #release(messageId: number): void {
    this.#unreleased.delete(messageId);
    this.#send({ cmd: 'pubcomp', messageId });
  }

  #send(packet: Packet): void {
    if (this.#socket.writable) this.#socket.write(generate(packet, { protocolVersion: this.#version }));
  }
}

/** Without what the SDKs of AWS IoT add to it, as in `boiler-7?SDK=…`. */
const deviceOf = ({ username }: IConnectPacket): string | undefined => username?.split('?')[0];

/** What a client of version 5 may count on. Retained messages are taken: clients do not send what is not offered. */
const termsFor = ({ clientId, properties }: IConnectPacket) => ({
  receiveMaximum: RECEIVE_MAXIMUM,
  maximumPacketSize: MAX_PACKET_BYTES,
  // There are no sessions, and who has no name is given one (MQTT 5, 3.2.2.3).
  ...(properties?.sessionExpiryInterval && { sessionExpiryInterval: 0 }),
  ...(clientId === '' && { assignedClientIdentifier: randomUUID() }),
});
