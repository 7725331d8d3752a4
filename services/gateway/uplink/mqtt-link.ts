/** One connection to AWS IoT's broker, by which the site publishes: MQTT 3.1.1, QoS 1, one message under way. */
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { generate, type Packet } from 'mqtt-packet';
import { packetReader } from '../mqtt/packet-reader.ts';
import type { SiteKeys } from './site-keys.ts';

const TIMEOUT_MS = 10_000;
const KEEP_ALIVE_SECONDS = 60;
const PING_EVERY_MS = 45_000;

/** The broker has answered, and does not let the site in. */
export class ConnectRefused extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`The broker refuses the connection (${code})`);
    this.code = code;
  }
}

/** The connection ended before a message was acknowledged. */
export class NotAcknowledged extends Error {}

export class MqttLink {
  readonly #socket: TLSSocket;
  readonly #topic: string;
  readonly #ping: NodeJS.Timeout;
  #messageId = 0;
  /** Called with each packet that comes. */
  #onPacket: (packet: Packet) => void = () => {};
  #onEnd: (error: Error) => void = () => {};
  isOpen = true;

  private constructor(socket: TLSSocket, topic: string) {
    this.#socket = socket;
    this.#topic = topic;
    const read = packetReader((packet) => this.#onPacket(packet));
    socket.on('data', (data: Buffer) => {
      if (read(data).malformed !== undefined) socket.destroy();
    });
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      this.isOpen = false;
      clearInterval(this.#ping);
      this.#onEnd(failure ?? new NotAcknowledged('The broker closed the connection'));
    });
    this.#ping = setInterval(() => this.#send({ cmd: 'pingreq' }), PING_EVERY_MS).unref();
  }

  /** @throws ConnectRefused, or an error of TLS or the network */
  static async open({ site, key, certificate, ca }: SiteKeys): Promise<MqttLink> {
    const { mqtt } = site;
    if (!mqtt) throw new Error('site.json has no mqtt');
    const { host, port } = mqtt;
    // The name is needed: AWS IoT has many accounts behind one address.
    const servername = /^[\d.]+$/.test(host) ? '' : host;
    const socket = connectTls({ host, port, key, ca, servername, cert: certificate });
    socket.setNoDelay(true);
    const link = new MqttLink(socket, mqtt.topic);
    const answered = link.#await((packet) => packet.cmd === 'connack');
    socket.once('secureConnect', () =>
      link.#send({
        ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true },
        ...{ clientId: site.site, keepalive: KEEP_ALIVE_SECONDS },
      }),
    );
    const connack = await answered;
    const code = connack.cmd === 'connack' ? (connack.returnCode ?? 0) : 0;
    if (code === 0) return link;
    link.close();
    throw new ConnectRefused(code);
  }

  /** Resolves when the broker has acknowledged it. One at a time. */
  async publish(payload: Uint8Array): Promise<void> {
    this.#messageId = (this.#messageId % 0xffff) + 1;
    const messageId = this.#messageId;
    const acknowledged = this.#await((packet) => packet.cmd === 'puback' && packet.messageId === messageId);
    this.#send({
      ...{ cmd: 'publish', topic: this.#topic, payload: Buffer.from(payload), qos: 1, messageId },
      ...{ dup: false, retain: false },
    });
    await acknowledged;
  }

  close(): void {
    this.#socket.destroy();
  }

  #await(isIt: (packet: Packet) => boolean): Promise<Packet> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.close();
        reject(Object.assign(new Error('No answer'), { code: 'ETIMEDOUT' }));
      }, TIMEOUT_MS);
      this.#onEnd = (error) => {
        clearTimeout(timer);
        reject(error);
      };
      this.#onPacket = (packet) => {
        if (!isIt(packet)) return;
        clearTimeout(timer);
        resolve(packet);
      };
    });
  }

  #send(packet: Packet): void {
    if (this.#socket.writable) this.#socket.write(generate(packet));
  }
}
