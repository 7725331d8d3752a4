/**
 * AWS IoT's message broker for those who publish: MQTT 3.1.1 and 5 by mutual TLS. Policies decide who connects under which
 * name and publishes to which topic; what they do not allow ends the connection. Nothing can be subscribed.
 */
import { createServer, type TLSSocket } from 'node:tls';
import { generate, type IConnectPacket, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import { type Listening, listenOnLoopback } from '../wire/loopback.ts';
import { idOfPeer } from './peer.ts';

/** Of a message; more ends the connection. */
const MAX_PAYLOAD_BYTES = 128 * 1024;
/** Topic and header besides the payload. */
const MAX_PACKET_BYTES = MAX_PAYLOAD_BYTES + 1024;
const NOT_AUTHORIZED = { 5: 0x87, 4: 5 } as const;
/** MQTT 3.1 is refused in its own words, which are those of 3.1.1. */
const UNKNOWN_VERSION = 1;
const SESSION_TAKEN_OVER = 0x8e;
/** What a client of version 5 may count on. */
const TERMS = { maximumQoS: 1, maximumPacketSize: MAX_PACKET_BYTES } as const;
/** A client that was silent for 1.5 times its keep-alive is gone (MQTT 3.1.1, 3.1.2.10). */
const KEEP_ALIVE_SHARE_MS = 1500;

export interface BrokerOptions {
  /** PEM: of the server, and of the authority for its clients. */
  tls: { key: string; cert: string; ca: string };
  /** 0 for any free one. */
  port: number;
  /** Whether the certificate may do this as this client, such as `iot:Publish` on `topic/a/b`. */
  allows(certificateId: string, clientId: string, action: string, resource: string): boolean;
  /** Called for each message, after it was acknowledged, as on AWS. */
  deliver(clientId: string, topic: string, payload: Buffer): void;
}

export async function startBroker(options: BrokerOptions): Promise<Listening> {
  const sessions = new Map<string, Session>();
  const server = createServer({ ...options.tls, requestCert: true, rejectUnauthorized: true }, (socket) => {
    new Session(socket, options, sessions);
  });
  server.on('tlsClientError', () => {});
  return listenOnLoopback(server, options.port);
}

class Session {
  readonly #socket: TLSSocket;
  readonly #options: BrokerOptions;
  readonly #certificateId: string;
  /** Those that are connected, by client id. */
  readonly #all: Map<string, Session>;
  #clientId: string | undefined;
  #version: 4 | 5 = 4;

  constructor(socket: TLSSocket, options: BrokerOptions, all: Map<string, Session>) {
    this.#socket = socket;
    this.#all = all;
    this.#options = options;
    this.#certificateId = idOfPeer(socket);
    const packets = parser();
    const end = () => socket.destroy();
    packets.on('packet', (packet) => this.#receive(packet)).on('error', end);
    socket.on('data', (data: Buffer) => {
      if (packets.parse(data) > MAX_PACKET_BYTES) end();
    });
    socket.on('error', end).on('close', () => {
      const id = this.#clientId;
      if (id !== undefined && all.get(id) === this) all.delete(id);
    });
  }

  #receive(packet: Packet): void {
    if (this.#clientId === undefined) {
      if (packet.cmd === 'connect') this.#connect(packet);
      else this.#socket.destroy();
    } else if (packet.cmd === 'publish') this.#publish(this.#clientId, packet);
    else if (packet.cmd === 'pingreq') this.#send({ cmd: 'pingresp' });
    else this.#socket.end();
  }

  #connect({ protocolVersion, clientId, keepalive = 0 }: IConnectPacket): void {
    this.#version = protocolVersion === 5 ? 5 : 4;
    const code = this.#refusalOf(protocolVersion, clientId) ?? 0;
    if (code === 0) {
      this.#all.get(clientId)?.giveWay();
      this.#all.set(clientId, this);
      this.#clientId = clientId;
      this.#socket.setTimeout(keepalive * KEEP_ALIVE_SHARE_MS, () => this.#socket.destroy());
    }
    this.#send({
      ...{ cmd: 'connack', returnCode: code, reasonCode: code, sessionPresent: false },
      ...(code === 0 && this.#version === 5 && { properties: TERMS }),
    });
    if (code !== 0) this.#socket.end();
  }

  #refusalOf(protocolVersion: number | undefined, clientId: string): number | undefined {
    if (protocolVersion === 3) return UNKNOWN_VERSION;
    const allowed = this.#allows(clientId, 'iot:Connect', `client/${clientId}`);
    return allowed ? undefined : NOT_AUTHORIZED[this.#version];
  }

  /** To a newer connection under the same id. */
  giveWay(): void {
    if (this.#version === 5) this.#send({ cmd: 'disconnect', reasonCode: SESSION_TAKEN_OVER } as Packet);
    this.#socket.end();
  }

  #publish(clientId: string, { topic, payload, qos, retain, messageId }: IPublishPacket): void {
    const data = Buffer.isBuffer(payload) ? payload : Buffer.from(payload);
    // There is no QoS 2 at AWS IoT.
    const taken = qos < 2 && data.length <= MAX_PAYLOAD_BYTES;
    const actions = retain ? ['iot:Publish', 'iot:RetainPublish'] : ['iot:Publish'];
    if (!taken || !actions.every((action) => this.#allows(clientId, action, `topic/${topic}`))) {
      this.#socket.destroy();
      return;
    }
    if (qos === 1) this.#send({ cmd: 'puback', messageId, reasonCode: 0 } as Packet);
    this.#options.deliver(clientId, topic, data);
  }

  #allows(clientId: string, action: string, resource: string): boolean {
    return this.#options.allows(this.#certificateId, clientId, action, resource);
  }

  #send(packet: Packet): void {
    if (this.#socket.writable) this.#socket.write(generate(packet, { protocolVersion: this.#version }));
  }
}
