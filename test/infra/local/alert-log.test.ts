import { appendFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventBus } from '../../../infra/emulator/base/events.ts';
import { parseMessage } from '../../../infra/emulator/sns/message.ts';
import { openSns } from '../../../infra/emulator/sns/sns.ts';
import { createAlertLog } from '../../../infra/local/alert-log.ts';
import { TOPIC, temporaryFolder } from '../emulator/sns/support/harness.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe('the log of alerts', () => {
  const alert = (n: number) => ({
    notification_id: `n${n}`,
    incident_id: 'i1',
    status: 'firing',
    severity: 'critical',
    rule: 'overheating',
    kind: 'threshold',
    device_id: 'device-1',
    site_id: 'site-1',
    metric: 'temperature',
    operator: '>',
    threshold: '85',
    value: 90,
    peak: 91,
    started_at: '2026-01-31T09:30:00.000Z',
    at: '2026-01-31T09:30:05.000Z',
    summary: 'Temperature of device-1 is 90 °C',
    timestamp_sent: '2026-01-31 09',
  });
  const lines = (...numbers: number[]) => numbers.map((n) => `${JSON.stringify(alert(n))}\n`).join('');
  const ids = (log: { list(): { notification_id: string }[] }) => log.list().map((a) => a.notification_id);
  const message = (Message: string, structure?: string) =>
    parseMessage(
      new URLSearchParams({ Message, ...(structure ? { MessageStructure: structure } : {}) }),
      TOPIC,
      0,
    );

  it('takes the rows for the lake, or otherwise the default body', async () => {
    const bus = new EventBus();
    const file = join(folder.path, 'alerts.ndjson');
    const log = createAlertLog(file);
    bus.on('message', log.append);
    const sns = openSns({
      topics: [{ arn: TOPIC, name: 'Alerts' }],
      ...{ subscriptions: [], mail: async () => {}, putToFirehose: async () => {} },
      ...{ invokeLater: async () => {}, sendToQueue: async () => {} },
      ...{ stateDir: folder.path, bus, endpoint: () => 'http://127.0.0.1:4566' },
    });
    const publish = async (Message: string, more = {}) => {
      const params = { Action: 'Publish', TopicArn: TOPIC, Message, ...more };
      expect((await sns.handle(new URLSearchParams(params))).status).toBe(200);
    };
    const body = { default: 'Two alerts', firehose: lines(1, 2) };
    await publish(JSON.stringify(body), { MessageStructure: 'json' });
    await publish(JSON.stringify(alert(3)));
    await publish('hello');
    expect(log.list()).toEqual([alert(1), alert(2), alert(3)]);
    expect(createAlertLog(file).list()).toEqual([alert(1), alert(2), alert(3)]);
  });

  it('is limited in size, in memory and on disk', () => {
    const file = join(folder.path, 'alerts.ndjson');
    const log = createAlertLog(file, 3);
    for (let n = 1; n <= 6; n += 1) log.append(message(lines(n)));
    expect(ids(log)).toEqual(['n4', 'n5', 'n6']);
    expect(readFileSync(file, 'utf8')).toBe(lines(1, 2, 3, 4, 5, 6));
    log.append(message(lines(7)));
    expect(readFileSync(file, 'utf8')).toBe(lines(5, 6, 7));
    expect(ids(createAlertLog(file, 3))).toEqual(['n5', 'n6', 'n7']);
  });

  it('survives a line that a crash has cut off', () => {
    const file = join(folder.path, 'alerts.ndjson');
    createAlertLog(file).append(message(lines(1)));
    appendFileSync(file, '{"notification_id":"n2"');
    createAlertLog(file).append(message(lines(3)));
    expect(ids(createAlertLog(file))).toEqual(['n1', 'n3']);
  });

  it('says how many alerts damage has taken, once, and keeps the others', () => {
    const file = join(folder.path, 'alerts.ndjson');
    const before = createAlertLog(file);
    for (const n of [1, 2, 3]) before.append(message(lines(n)));
    writeFileSync(file, readFileSync(file, 'utf8').replace('"n2"', '"nX"'));
    const bus = new EventBus();
    const lost: unknown[] = [];
    bus.on('event', (event) => event.type === 'notice' && lost.push(event.lost));
    expect(ids(createAlertLog(file, undefined, bus))).toEqual(['n1', 'n3']);
    expect(ids(createAlertLog(file, undefined, bus))).toEqual(['n1', 'n3']);
    expect(lost).toEqual([`1 alert of the list: ${file} was damaged`]);
  });

  it('that cannot be written stays in memory, is said once, and is written with the next alert', () => {
    const inTheWay = join(folder.path, 'state');
    writeFileSync(inTheWay, '');
    const bus = new EventBus();
    const said: string[] = [];
    bus.on('event', (event) => event.type === 'notice' && said.push(event.text));
    const file = join(inTheWay, 'alerts.ndjson');
    expect(() => createAlertLog(file, undefined, bus).list()).toThrow('ENOTDIR');
    rmSync(inTheWay);
    mkdirSync(inTheWay);
    const log = createAlertLog(file, undefined, bus);
    log.append(message(lines(1)));
    renameSync(inTheWay, `${inTheWay}-away`);
    for (const n of [2, 3]) log.append(message(lines(n)));
    expect(said).toEqual([expect.stringContaining(`${file} cannot be written: `)]);
    renameSync(`${inTheWay}-away`, inTheWay);
    log.append(message(lines(4)));
    expect(ids(createAlertLog(file))).toEqual(['n1', 'n2', 'n3', 'n4']);
  });
});
