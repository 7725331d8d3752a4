/** What devices may count on at the broker, by mutual TLS. */
import 'reflect-metadata';
import { connect, type TLSSocket } from 'node:tls';
import { generate, type IConnackPacket, type Packet, parser } from 'mqtt-packet';
import { expect, it, onTestFinished } from 'vitest';
import { createRequest } from '../../../../infra/commands/enroll/request.ts';
import { startBroker } from '../../../../infra/emulator/iot/broker.ts';
import {
  createAuthority,
  issueServer,
  issueThing,
} from '../../../../infra/emulator/iot/certificate-authority.ts';

async function client(protocolVersion: 4 | 5, keepalive: number): Promise<TLSSocket> {
  const authority = await createAuthority(Date.now());
  const server = await issueServer(authority, Date.now());
  const { key, csr } = await createRequest('plant-1');
  const thing = await issueThing(authority, csr, Date.now());
  const broker = await startBroker({
    ...{ tls: { key: server.key, cert: server.certificate, ca: authority.certificate }, port: 0 },
    ...{ allows: () => true, deliver: () => {} },
  });
  onTestFinished(() => broker.close());
  const socket = connect({
    ...{ host: '127.0.0.1', port: broker.port, servername: '' },
    ...{ key, cert: thing.certificate, ca: authority.certificate },
  });
  const hello = {
    cmd: 'connect',
    protocolId: 'MQTT',
    protocolVersion,
    clean: true,
    clientId: 'plant-1',
    keepalive,
  };
  socket.write(generate(hello as Packet));
  return socket;
}

it('tells a client of version 5 that there is no QoS 2, and how long a message may be', async () => {
  const socket = await client(5, 0);
  const packets = parser({ protocolVersion: 5 });
  const answered = new Promise<Packet>((resolve) => packets.once('packet', resolve));
  socket.on('data', (data) => packets.parse(data));
  const { reasonCode, properties } = (await answered) as IConnackPacket;
  socket.destroy();
  expect(reasonCode).toBe(0);
  expect(properties).toMatchObject({ maximumQoS: 1, maximumPacketSize: 129 * 1024 });
});

it('ends the connection of a client that is silent for longer than it said', async () => {
  const socket = await client(4, 1);
  socket.resume();
  await new Promise((resolve) => socket.once('close', resolve));
  expect(socket.bytesRead).toBeGreaterThan(0);
});
