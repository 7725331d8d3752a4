import { spawn, spawnSync } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import mqtt, { type IClientOptions } from 'mqtt';
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
    const client = await connect(portOf(opened), { protocolVersion, keepalive: 1 });
    const acknowledged: number[] = [];
    const published = [];
    for (let seq = 30; seq < 50; seq += 1) {
      const publish = client.publishAsync('readings', line(seq), { qos: 1 });
      published.push(publish.then(() => acknowledged.push(seq)));
    }
    // Longer than a client waits that gets no answer to its ping.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(client.connected).toBe(true);
    expect(acknowledged).toEqual([]);
    cloud.problem = undefined;
    await Promise.all(published);
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
