/** Sites that publish over MQTT with the certificate that the command makes: policy, rule, error action, redrive. */
import { execFile, spawnSync } from 'node:child_process';
import { type EventEmitter, once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis';
import { connectAsync, type IClientOptions } from 'mqtt';
import { expect, it, onTestFinished, vi } from 'vitest';
import { runEnroll } from '../../../../infra/commands/enroll/enroll.ts';
import { runRedrive } from '../../../../infra/commands/redrive/redrive.ts';
import { createFaults } from '../../../../infra/emulator/faults/faults.ts';
import { parseFault } from '../../../../infra/emulator/registry.ts';
import { type Site, siteSchema } from '../../../../services/contract/edge.ts';
import { startGateway } from '../../../../services/gateway/gateway.ts';
import { line } from '../../../services/gateway/support/readings.ts';
import { synthesize } from '../../aws/support/synth.ts';
import { emulate } from '../../emulator/support/emulate.ts';
import { listen } from '../support/listen.ts';

const run = promisify(execFile);
const MOSQUITTO = spawnSync('mosquitto_pub', ['--help']).error === undefined;
const PAHO = spawnSync('python3', ['-c', 'import paho.mqtt.publish']).status === 0;
const LINES = '{"seq":1,"a":"ä"}\n{"seq":2}';
const OTHERS = ['AlertTopicArn', 'LakeBucketName', 'DatabaseName', 'ReadingsTableName'];
const MORE = ['AlertsTableName', 'WorkGroupName', 'StateTableName', 'DetectorFunctionName'];

async function open() {
  const { resources, outputs } = synthesize({ edgeMqtt: 'on' });
  const named = /^(?:Edge|StreamName|FailureBucketName)/;
  const only = <T>(record: Record<string, T>, pattern: RegExp) =>
    Object.fromEntries(Object.entries(record).filter(([name]) => pattern.test(name)));
  const own = structuredClone(only(resources, /^(?:Edge|IngestStream|StorageFailures[0-9A-F]{8}$)/));
  const bucket = only(own, /^StorageFailures/);
  for (const { Properties } of Object.values(bucket)) delete Properties.LoggingConfiguration;
  const faults = createFaults();
  const emulator = await emulate({ Resources: own, Outputs: only(outputs, named) }, {}, { faults });
  const dir = join(emulator.folder, 'state');
  const rest = Object.fromEntries([...OTHERS, ...MORE].map((name) => [name, 'x']));
  const local = { ...rest, ...emulator.stack.outputs, Region: 'us-east-1', Endpoint: emulator.endpoint };
  writeFileSync(join(dir, 'outputs.json'), JSON.stringify({ Streamwatch: local }));
  const out = join(emulator.folder, 'sites');
  const command = async (name: 'enroll' | 'redrive', ...argv: string[]) => {
    const { said, io } = listen();
    const all = [...argv, '--local', '--dir', dir];
    const stop = new AbortController().signal;
    const code =
      name === 'enroll'
        ? await runEnroll([...all, '--out', out], io)
        : await runRedrive(all, { ...io, stop });
    return { code, ...said };
  };
  const siteOf = (name: string): Required<Site> =>
    siteSchema.parse(JSON.parse(readFileSync(join(out, name, 'site.json'), 'utf8'))) as Required<Site>;
  const file = (name: string, part: string) => join(out, name, part);
  const connect = (name: string, more: IClientOptions = {}) => {
    const { host, port } = siteOf(name).mqtt;
    const [key, cert, ca] = ['key.pem', 'cert.pem', 'ca.pem'].map((part) => readFileSync(file(name, part)));
    const once = { reconnectPeriod: 0, clientId: name, connectTimeout: 5000 };
    return connectAsync(`mqtts://${host}:${port}`, { ...once, key, cert, ca, ...more } as IClientOptions);
  };
  const client = new KinesisClient({
    ...{ endpoint: emulator.endpoint, region: 'us-east-1' },
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  onTestFinished(() => client.destroy());
  const records = async () => {
    const stream = { StreamName: emulator.stack.outputs.StreamName, ShardId: 'shardId-000000000000' };
    const { ShardIterator } = await client.send(
      new GetShardIteratorCommand({ ...stream, ShardIteratorType: 'TRIM_HORIZON' }),
    );
    const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }));
    return Records.map(({ PartitionKey, Data }) => [
      PartitionKey,
      Buffer.from(Data as Uint8Array).toString(),
    ]);
  };
  return { command, connect, siteOf, file, records, faults };
}

it('a site publishes under its own name and no other, and what the stream does not take is redriven', async () => {
  const { command, connect, siteOf, file, records, faults } = await open();
  for (const site of ['plant-1', 'plant-2']) expect((await command('enroll', site)).code).toBe(0);
  const { topic } = siteOf('plant-1').mqtt;
  expect(topic).toBe('$aws/rules/Streamwatch_edge/plant-1');

  for (const protocolVersion of [4, 5] as const) {
    const one = await connect('plant-1', { protocolVersion });
    await one.publishAsync(topic, LINES, { qos: 1 });
    await one.endAsync();
  }
  const sent = ['plant-1', LINES];
  await vi.waitFor(async () => expect(await records()).toEqual([sent, sent]));

  // Neither the topic nor the name of another site.
  const two = await connect('plant-2');
  const closed = new Promise((resolve) => two.once('close', () => resolve('closed')));
  two.publish(topic, LINES, { qos: 1 }, () => {});
  expect(await closed).toBe('closed');
  two.end(true);
  await expect(connect('plant-2', { clientId: 'plant-1' })).rejects.toThrow(/not authorized/i);
  await expect(connect('plant-2', { key: undefined, cert: undefined })).rejects.toThrow();
  expect(await records()).toHaveLength(2);

  // As on AWS: MQTT 3.1 is unknown, a retained message takes a permission of its own, and a newer connection wins.
  await expect(connect('plant-1', { protocolId: 'MQIsdp', protocolVersion: 3 })).rejects.toThrow(/version/);
  for (const protocolVersion of [4, 5] as const) {
    const old = await connect('plant-1', { protocolVersion });
    const gone = once(old as unknown as EventEmitter, 'close');
    const newer = await connect('plant-1');
    await gone;
    const cutOff = once(newer as unknown as EventEmitter, 'close');
    newer.publish(topic, LINES, { qos: 1, retain: true }, () => {});
    await cutOff;
    for (const client of [old, newer]) client.end(true);
  }
  expect(await records()).toHaveLength(2);

  faults.add(parseFault('kinesis.PutRecord:throttle'));
  const again = await connect('plant-1');
  await again.publishAsync(topic, '{"seq":3}', { qos: 1 });
  const listed = await vi.waitFor(async () => {
    const { stderr } = await command('redrive', '--dry-run');
    expect(stderr).toContain('1 message over MQTT that the stream did not take');
    return stderr;
  });
  expect(listed).toMatch(/plant-1: 1, the last because .*ProvisionedThroughputExceeded/);
  expect((await command('redrive')).code).toBe(3);
  faults.clear();
  const { code, stderr } = await command('redrive');
  expect([code, stderr]).toEqual([0, expect.stringContaining('1 of 1 sent into the stream.')]);
  expect((await records()).at(-1)).toEqual(['plant-1', '{"seq":3}']);
  expect((await command('redrive', '--dry-run')).stderr).toContain('0 messages over MQTT');
  await again.endAsync();

  const { host, port } = siteOf('plant-1').mqtt;
  const [key = '', cert = '', ca = ''] = ['key.pem', 'cert.pem', 'ca.pem'].map((part) =>
    file('plant-1', part),
  );
  if (MOSQUITTO) {
    const tls = ['--cafile', ca, '--cert', cert, '--key', key];
    const to = ['-h', host, '-p', String(port), '-i', 'plant-1', '-q', '1'];
    await run('mosquitto_pub', [...to, ...tls, '-t', topic, '-m', '{"seq":4}']);
    await vi.waitFor(async () => expect((await records()).at(-1)).toEqual(['plant-1', '{"seq":4}']));
    const other = topic.replace('plant-1', 'plant-2');
    await expect(run('mosquitto_pub', [...to, ...tls, '-t', other, '-m', '{}'])).rejects.toThrow();
  } else process.stderr.write('Skipped: no mosquitto_pub\n');
  if (PAHO) {
    const program = `import sys, paho.mqtt.publish as p
h, port, t, ca, cert, key = sys.argv[1:]
p.single(t, '{"seq":5}', qos=1, hostname=h, port=int(port), client_id='plant-1', tls={'ca_certs': ca, 'certfile': cert, 'keyfile': key})`;
    await run('python3', ['-c', program, host, String(port), topic, ca, cert, key]);
    await vi.waitFor(async () => expect((await records()).at(-1)).toEqual(['plant-1', '{"seq":5}']));
  } else process.stderr.write('Skipped: no paho\n');

  // The gateway takes the same way, and says what the operator needs to know when it ends.
  const said: string[] = [];
  const gateway = await startGateway({
    ...{ keys: file('plant-1', ''), spool: file('plant-1', 'spool'), spoolLimitBytes: 10e6, uplink: 'mqtt' },
    ...{ whenFull: 'refuse', catchUpBytes: 1e6, http: { host: '127.0.0.1', port: 0 } },
    say: (text) => said.push(text),
  });
  onTestFinished(() => gateway.close());
  const post = (seq: number) =>
    fetch(`http://127.0.0.1:${gateway.http.port}/readings`, { method: 'POST', body: line(seq) });
  expect((await post(6)).status).toBe(204);
  await vi.waitFor(async () => {
    const [site, text = ''] = (await records()).at(-1) ?? [];
    expect([site, JSON.parse(text)]).toMatchObject(['plant-1', { seq: 6, site_id: 'plant-1' }]);
  });
  expect((await gateway.status()).readings).toMatchObject({ accepted: 1, forwarded: 1, waiting: 0 });

  expect((await command('enroll', '--revoke', 'plant-1')).code).toBe(0);
  expect((await post(7)).status).toBe(204);
  await vi.waitFor(() => expect(said.join()).toContain('AWS IoT does not let plant-1 in (MQTT 5)'), 10_000);
  expect((await gateway.status()).readings.waiting).toBe(1);
  await expect(connect('plant-1')).rejects.toThrow(/not authorized/i);
});
