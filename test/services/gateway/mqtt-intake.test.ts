import { spawn, spawnSync } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import mqtt, { type IClientOptions } from 'mqtt';
import { generate, type Packet } from 'mqtt-packet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { readDevices } from '../../../services/gateway/intake/devices.ts';
import { fakeCloud, openGateway, temporaryFolder, UNREACHABLE } from './support/gateway.ts';
import { line, seqsIn } from './support/readings.ts';

const clients: mqtt.MqttClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.endAsync(true);
});

async function connect(port: number, options: IClientOptions = {}) {
  const client = mqtt.connect({ port, host: '127.0.0.1', reconnectPeriod: 0, ...options });
  clients.push(client);
  await once(client as unknown as EventEmitter, 'connect');
  return client;
}

const portOf = ({ gateway }: Awaited<ReturnType<typeof openGateway>>) => gateway.mqtt?.port ?? 0;
const has = (program: string, ...flags: string[]) => spawnSync(program, flags).error === undefined;

describe.each([4, 5] as const)('MQTT, protocol version %i', (protocolVersion) => {
  it('acknowledges what is on the disk, in every quality of service, and keeps the order', async () => {
    const opened = await openGateway();
    const client = await connect(portOf(opened), { protocolVersion });
    const published = [];
    for (let seq = 0; seq < 300; seq += 1) {
      published.push(client.publishAsync('readings/d1', line(seq), { qos: (seq % 3) as 0 | 1 | 2 }));
    }
    await Promise.all(published);
    await vi.waitFor(() =>
      expect(seqsIn(...opened.cloud.records)).toEqual(Array.from({ length: 300 }, (_, i) => i)),
    );
  });

  it('withholds the acknowledgement while there is no space, and keeps the connection', async () => {
    const cloud = fakeCloud();
    cloud.problem = UNREACHABLE;
    const opened = await openGateway({ spoolLimitBytes: 6000 }, cloud);
    await opened.post(Array.from({ length: 30 }, (_, seq) => line(seq)).join('\n'));
    // Client and gateway share this thread: a machine that stops it for half as long again ends the connection.
    const client = await connect(portOf(opened), { protocolVersion, keepalive: 2 });
    const acknowledged: number[] = [];
    const publish = async (seq: number) => {
      await client.publishAsync('readings', line(seq), { qos: 1 });
      acknowledged.push(seq);
    };
    const published = Promise.all(Array.from({ length: 20 }, (_, i) => publish(30 + i)));
    // Where something else fails first, that is what is to be told.
    published.catch(() => {});
    // Longer than a client waits that gets no answer to its ping.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(client.connected).toBe(true);
    expect(acknowledged).toEqual([]);
    cloud.problem = undefined;
    await published;
    await vi.waitFor(() => expect(seqsIn(...cloud.records)).toEqual(Array.from({ length: 50 }, (_, i) => i)));
  });

  it('acknowledges, counts and keeps what is not a reading: a device would send it without end', async () => {
    const spool = temporaryFolder();
    const opened = await openGateway({ spool });
    const client = await connect(portOf(opened), { protocolVersion });
    const refused = client.publishAsync('readings/d1', 'nonsense', { qos: 1 });
    if (protocolVersion === 5) await expect(refused).rejects.toThrow('Payload format invalid');
    else await refused;
    await client.publishAsync('other/topic', line(1), { qos: 2 });
    await client.publishAsync('readings/d1', '', { qos: 0 });
    await vi.waitFor(() => {
      const kept = readFileSync(join(spool, 'rejected.ndjson'), 'utf8').trimEnd().split('\n');
      expect(kept.map((text) => JSON.parse(text))).toMatchObject([
        { topic: 'readings/d1', reason: expect.stringContaining('not JSON'), payload: 'nonsense' },
        { topic: 'other/topic', reason: expect.stringContaining('Expected the topic readings/DEVICE') },
        { topic: 'readings/d1', reason: expect.stringContaining('got an empty message') },
      ]);
    });
    expect((await opened.gateway.status()).refused).toBe(3);
  });

  it('lets nobody in without the password, and nobody subscribe', async () => {
    const file = join(temporaryFolder(), 'devices.txt');
    writeFileSync(file, 'd1:secret\n');
    const opened = await openGateway({ authenticate: readDevices(file) });
    const port = portOf(opened);
    const stranger = mqtt.connect({
      port,
      host: '127.0.0.1',
      reconnectPeriod: 0,
      protocolVersion,
      username: 'd1',
    });
    clients.push(stranger);
    const [error] = await once(stranger as unknown as EventEmitter, 'error');
    expect(error).toMatchObject({ code: protocolVersion === 5 ? 0x86 : 4 });

    const client = await connect(port, { protocolVersion, username: 'd1', password: 'secret' });
    await expect(client.subscribeAsync('#')).rejects.toThrow();
    await client.publishAsync('readings/d1', `${line(1)}\n${line(1, 'd2')}`, { qos: 1 });
    await client.publishAsync('readings/d2', line(2), { qos: 2 });
    await vi.waitFor(() => expect(seqsIn(...opened.cloud.records)).toEqual([1]));
    expect((await opened.gateway.status()).refused).toBe(2);
  });

  it.skipIf(!has('mosquitto_pub', '--help'))('is spoken by mosquitto_pub', async () => {
    const opened = await openGateway();
    const version = protocolVersion === 5 ? 'mqttv5' : 'mqttv311';
    const args = ['-p', String(portOf(opened)), '-q', '1', '-V', version, '-t', 'readings/d1', '-m', line(9)];
    const [code] = await once(spawn('mosquitto_pub', args, { stdio: 'inherit' }), 'exit');
    expect(code).toBe(0);
    await vi.waitFor(() => expect(seqsIn(...opened.cloud.records)).toEqual([9]));
  });
});

describe('the MQTT listener', () => {
  it('cuts off what is no MQTT, or too large', async () => {
    const opened = await openGateway();
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])]) {
      const socket = createConnection(portOf(opened), '127.0.0.1');
      socket.write(bytes);
      const sender = setInterval(() => socket.write(Buffer.alloc(65_536)), 5);
      socket.on('error', () => {});
      // Not `once`, which rejects at the reset that may come before.
      await new Promise((closed) => socket.on('close', closed));
      clearInterval(sender);
    }
    expect(await opened.gateway.status()).toMatchObject({ readings: { accepted: 0 }, refused: 0 });
  });

  it('counts the message of a device that is too large: it comes again after each connection', async () => {
    const spool = temporaryFolder();
    const opened = await openGateway({ spool });
    const client = await connect(portOf(opened), { protocolVersion: 4 });
    const closed = once(client as unknown as EventEmitter, 'close');
    client.publish('readings', 'x'.repeat(200_000), { qos: 1 });
    await closed;
    const reason = 'Expected at most 131072 bytes in a message. Send several';
    expect(await opened.gateway.status()).toMatchObject({ refused: 1, lastRefusal: reason });
    await vi.waitFor(() => expect(readFileSync(join(spool, 'rejected.ndjson'), 'utf8')).toContain(reason));
  });

  it('says to a client of version 5 why it is cut off', async () => {
    const opened = await openGateway();
    const client = await connect(portOf(opened), { protocolVersion: 5 });
    const ended = once(client as unknown as EventEmitter, 'disconnect');
    client.stream.write(Buffer.from([0x36, 2, 0, 0]));
    expect(await ended).toMatchObject([{ reasonCode: 0x81 }]);
    expect((await opened.gateway.status()).lastRefusal).toMatch(/^Expected MQTT, got another form/);
  });
});

describe('a client that does other things than most', () => {
  const file = () => {
    const devices = join(temporaryFolder(), 'devices.txt');
    writeFileSync(devices, 'd1:secret\n');
    return devices;
  };
  const bytes = (protocolVersion: 4 | 5, ...packets: object[]) =>
    Buffer.concat(packets.map((packet) => generate(packet as Packet, { protocolVersion })));
  const hello = (protocolVersion: 4 | 5, more: object = {}) => ({
    ...{ cmd: 'connect', protocolId: 'MQTT', protocolVersion, clean: true, clientId: 'x' },
    ...more,
  });
  const publish = (seq: number, qos = 1) => ({
    ...{ cmd: 'publish', topic: 'readings', payload: line(seq), qos, retain: false, dup: false },
    ...(qos > 0 && { messageId: seq + 1 }),
  });
  /** Writes the pieces, and resolves when the gateway has closed the connection. */
  async function send(port: number, ...pieces: Uint8Array[]): Promise<void> {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('error', () => {}).resume();
    const closed = new Promise((resolve) => socket.on('close', resolve));
    for (const piece of pieces) socket.write(piece);
    socket.end();
    await closed;
  }

  it.each([4, 5] as const)('gets nothing stored behind a wrong password, version %i', async (version) => {
    const opened = await openGateway({ authenticate: readDevices(file()) });
    const wrong = hello(version, { username: 'd1', password: Buffer.from('wrong') });
    await send(portOf(opened), bytes(version, wrong, publish(1), wrong, publish(2)));
    await send(portOf(opened), bytes(version, publish(3)), bytes(version, publish(4)));
    const right = hello(version, { username: 'd1', password: Buffer.from('secret') });
    await send(portOf(opened), bytes(version, right, publish(5)));
    await vi.waitFor(() => expect(seqsIn(...opened.cloud.records)).toEqual([5]));
    expect(await opened.gateway.status()).toMatchObject({ readings: { accepted: 1 }, denied: 1 });
  });

  it('ends its own connection alone, whatever it sends', async () => {
    const opened = await openGateway();
    const noTopics = Buffer.from([0x82, 2, 0, 1]);
    for (const version of [4, 5] as const) {
      await send(portOf(opened), bytes(version, hello(version)), noTopics);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom('publish', 'subscribe', 'pubrel', 'pingreq'), { maxLength: 4 }),
          fc.array(fc.record({ at: fc.nat(200), byte: fc.nat(255) }), { minLength: 1, maxLength: 4 }),
          async (names, changes) => {
            const packets = names.map((cmd) => ({
              ...publish(1),
              ...(cmd !== 'publish' && { cmd, subscriptions: [{ topic: '#', qos: 1 }] }),
            }));
            const sent = bytes(version, hello(version), ...packets);
            for (const { at, byte } of changes) sent[Math.min(at, sent.length - 1)] = byte;
            await send(portOf(opened), sent);
          },
        ),
        { numRuns: 150 },
      );
    }
    expect(await opened.gateway.status()).toMatchObject({ site: 'plant-1' });
  });

  it('may have a name where no password is asked for, and one with a query as the SDKs of AWS IoT have', async () => {
    const username = 'd1?SDK=IoTDeviceSDK/Python&Platform=Unix';
    const open = await openGateway();
    const anybody = await connect(portOf(open), { username: '?SDK=IoTDeviceSDK/Python', protocolVersion: 4 });
    await anybody.publishAsync('readings/d7', line(1, 'd7'), { qos: 1 });
    const closed = await openGateway({ authenticate: readDevices(file()) });
    const known = await connect(portOf(closed), { username, password: 'secret', protocolVersion: 5 });
    await known.publishAsync('readings/d1', line(2), { qos: 1 });
    expect(await open.gateway.status()).toMatchObject({ readings: { accepted: 1 }, refused: 0 });
    expect(await closed.gateway.status()).toMatchObject({ readings: { accepted: 1 }, refused: 0 });
  });

  it('of version 5 is told what it may count on: a name, no session, and retained messages are taken', async () => {
    const opened = await openGateway();
    const client = mqtt.connect({
      ...{ port: portOf(opened), host: '127.0.0.1', reconnectPeriod: 0, protocolVersion: 5, clientId: '' },
      properties: { sessionExpiryInterval: 600 },
    });
    clients.push(client);
    const [{ properties }] = await once(client as unknown as EventEmitter, 'connect');
    expect(properties).toMatchObject({
      assignedClientIdentifier: expect.stringMatching(/./),
      sessionExpiryInterval: 0,
    });
    expect(properties.retainAvailable ?? true).toBe(true);
    await client.publishAsync('readings', line(1), { qos: 1, retain: true });
  });

  it('of version 5 is told at once that there is no other way to sign in', async () => {
    const opened = await openGateway();
    const socket = createConnection(portOf(opened), '127.0.0.1');
    socket.write(bytes(5, hello(5, { properties: { authenticationMethod: 'SCRAM-SHA-1' } })));
    const [connack] = await once(socket, 'data');
    expect([...connack.subarray(0, 4)]).toEqual([0x20, 3, 0, 0x8c]);
  });

  it('that has left while there is no space is counted for what nobody sends again', async () => {
    const cloud = fakeCloud();
    cloud.problem = UNREACHABLE;
    const opened = await openGateway({ spoolLimitBytes: 300 }, cloud);
    expect((await opened.post([1, 2].map((seq) => line(seq)).join('\n'))).status).toBe(204);
    await send(portOf(opened), bytes(4, hello(4), publish(3, 0), publish(4, 1)));
    await vi.waitFor(async () =>
      expect(await opened.gateway.status()).toMatchObject({
        readings: { accepted: 2 },
        refused: 1,
        lastRefusal: expect.stringContaining('QoS 1'),
      }),
    );
  });
});
