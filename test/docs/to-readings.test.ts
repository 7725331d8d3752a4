/** docs/senders/to-readings.jq makes readings of what devices publish, as the gateway takes them. */
import createModule from 'jq-wasm/dist/build/jq.js';
import { expect, it } from 'vitest';
import { acceptLine } from '../../services/gateway/intake/accept.ts';
import { readPage } from './support/page.ts';

const program = readPage('docs/senders/to-readings.jq');
const TST = '2026-11-26T10:00:00.123456Z+0100';
const SECONDS = 1795687500;

async function readings(...messages: { topic: string; payload: unknown }[]): Promise<string[]> {
  const jq: { raw(input: string, filter: string, flags: string[]): Promise<string> } = await createModule();
  const input = messages.map((message) => JSON.stringify({ tst: TST, ...message })).join('\n');
  const lines = (await jq.raw(input, program, ['-n', '-c']))
    .split('\n')
    .filter((line) => line.startsWith('{'));
  for (const line of lines) expect(acceptLine(line, { site: 'plant-1' })).toHaveProperty('line');
  return lines.map((line) => {
    const { device_id, seq, timestamp, ...metrics } = JSON.parse(line);
    return `${device_id} ${seq} ${timestamp.slice(11)} ${JSON.stringify(metrics)}`;
  });
}
const z2m = (device: string, payload: object) => ({ topic: `zigbee2mqtt/${device}`, payload });
const tasmota = (sensors: object) => ({
  topic: 'tele/plug-1/SENSOR',
  payload: { Time: '2026-01-31T09:30:00', ...sensors },
});
const ARRIVED = '10:00:00.123456+01:00';

it.each<[string, string, unknown, string[]]>([
  [
    'Tasmota',
    'tele/plug-1/SENSOR',
    { DS18B20: { Temperature: 20.6 } },
    [`plug-1 0 ${ARRIVED} {"temperature":20.6}`],
  ],
  [
    'Shelly, status',
    'shelly1/status/temperature:0',
    { id: 0, tC: 22.4, tF: 72.3 },
    [`shelly1 0 ${ARRIVED} {"temperature":22.4}`],
  ],
  [
    'Shelly, RPC',
    'x/events/rpc',
    { src: 'ht-a', params: { ts: SECONDS + 0.5, 'temperature:0': { tC: 22.4 } } },
    ['ht-a 0 10:05:00.500Z {"temperature":22.4}'],
  ],
  ['ESPHome', 'esphome/boiler/sensor/t/state', 21.5, [`boiler 0 ${ARRIVED} {"temperature":21.5}`]],
  [
    'Telegraf',
    'telegraf/cpu',
    { name: 'cpu', tags: { host: 'web-1' }, fields: { usage_percent: 98.5 }, timestamp: SECONDS },
    ['web-1 0 10:05:00.000Z {"cpu":98.5}'],
  ],
  [
    'collectd',
    'collectd',
    [
      { host: 'web-1', plugin: 'cpu', values: [1.2], time: SECONDS + 0.123 },
      { host: 'web-1', plugin: 'memory', values: [50], time: SECONDS + 0.123 },
    ],
    ['web-1 0 10:05:00.123Z {"cpu":1.2}', 'web-1 1 10:05:00.123Z {"ram":50}'],
  ],
  [
    'The Things Network',
    'v3/a/devices/d/up',
    {
      end_device_ids: { device_id: 'eui-1' },
      received_at: '2026-11-26T10:05:00.123456789Z',
      uplink_message: { decoded_payload: { temperature: 21.5 } },
    },
    ['eui-1 0 10:05:00.123456789Z {"temperature":21.5}'],
  ],
  [
    'Sparkplug',
    'spBv1.0/g/DDATA/n/d9',
    { timestamp: SECONDS * 1000 + 123, metrics: [{ name: 'temperature', value: '21.5' }] },
    ['d9 0 10:05:00.123Z {"temperature":21.5}'],
  ],
  [
    'microseconds',
    'telegraf/cpu',
    { name: 'cpu', tags: { host: 'a' }, fields: { cpu: 1 }, timestamp: SECONDS * 1e6 },
    ['a 0 10:05:00.000Z {"cpu":1}'],
  ],
])('%s', async (_, topic, payload, expected) => {
  expect(await readings({ topic, payload })).toEqual(expected);
});

it('counts the readings of each device, and passes over what has no metric', async () => {
  const messages = [
    z2m('kitchen a', { temperature: 21 }),
    z2m('door', { contact: true }),
    { topic: 'zigbee2mqtt/x', payload: 'online' },
  ];
  expect(
    await readings(
      ...messages,
      z2m('kitchen a', { temperature: 22, humidity: 40 }),
      z2m('b', { temperature: 5 }),
    ),
  ).toEqual([
    `kitchen-a 0 ${ARRIVED} {"temperature":21}`,
    `kitchen-a 1 ${ARRIVED} {"temperature":22}`,
    `b 0 ${ARRIVED} {"temperature":5}`,
  ]);
});

it('makes a device of each sensor where one message has several', async () => {
  const sensors = { 'DS18B20-1': { Temperature: 20.6 }, 'DS18B20-2': { Temperature: 21.6 } };
  expect(await readings(tasmota(sensors))).toEqual([
    `plug-1-DS18B20-1 0 ${ARRIVED} {"temperature":20.6}`,
    `plug-1-DS18B20-2 0 ${ARRIVED} {"temperature":21.6}`,
  ]);
});
