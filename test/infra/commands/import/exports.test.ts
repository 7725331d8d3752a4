/** Files as other programs export them become readings, or say what to change. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { type Mapping, mapRows } from '../../../../infra/commands/import/mapping.ts';
import { readTable } from '../../../../infra/commands/import/rows.ts';

const dir = mkdtempSync(join(tmpdir(), 'exports-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const DEFAULTS: Mapping = { device: '=pump', site: '=plant', metrics: { temperature: 'value' } };

async function imported(content: string | Buffer, mapping: Partial<Mapping>) {
  const file = join(dir, 'export');
  writeFileSync(file, content);
  const { rows, columns } = await readTable(file);
  const { readings, ...rest } = mapRows(rows, { ...DEFAULTS, ...mapping }, columns);
  return {
    ...rest,
    told: readings.map(({ device_id, timestamp, temperature }) => `${device_id} ${timestamp} ${temperature}`),
  };
}

const EXCEL =
  '\uFEFFZeit;Gerät;Temperatur\r\n31.01.2026 09:30;pumpe 1;21,5\r\n31.07.2026 09:31;pumpe 1;22,5\r\n';
const excel = { time: 'Zeit', device: 'Gerät', metrics: { temperature: 'Temperatur' } };
const TTN = (temperature: number) => ({
  result: {
    end_device_ids: { device_id: 'eui-1' },
    ...{ received_at: '2026-01-31T09:30:00.123456789Z' },
    uplink_message: { decoded_payload: { temperature } },
  },
});
const ttn = {
  device: 'result.end_device_ids.device_id',
  time: 'result.received_at',
  metrics: { temperature: 'result.uplink_message.decoded_payload.temperature' },
};

describe('an export', () => {
  it('of a spreadsheet has semicolons, decimal commas and the time of its zone', async () => {
    const { told, notices } = await imported(EXCEL, { ...excel, zone: 'Europe/Berlin' });
    expect(told).toEqual(['pumpe-1 2026-01-31T08:30:00.000Z 21.5', 'pumpe-1 2026-07-31T07:31:00.000Z 22.5']);
    expect(notices).toContain('Values are read with a decimal comma.');
  });

  it('is the same in UTF-16, and in gzip', async () => {
    const { told } = await imported(EXCEL, excel);
    expect(await imported(Buffer.from(EXCEL, 'utf16le'), excel)).toMatchObject({ told });
    expect(await imported(gzipSync(EXCEL), excel)).toMatchObject({ told });
  });

  it.each<[string, string, Partial<Mapping>, string[]]>([
    [
      'of a spreadsheet that names its delimiter',
      'sep=;\r\nTimestamp;Value\r\n2026-01-31 09:30;21,5\r\n',
      {},
      ['pump 2026-01-31T09:30:00.000Z 21.5'],
    ],
    [
      'of Grafana, a column a series',
      '"Time","pump-1","pump-2"\n2026-01-31 09:30:00,21.5,22\n2026-01-31 09:31:00,,23\n',
      { metrics: { temperature: 'pump-2' } },
      ['pump 2026-01-31T09:30:00.000Z 22', 'pump 2026-01-31T09:31:00.000Z 23'],
    ],
    [
      'of InfluxDB 2',
      '#datatype,string,long,dateTime:RFC3339,double,string\n,result,table,_time,_value,device\n,,0,2026-01-31T09:30:00Z,21.5,a\n',
      { device: 'device', metrics: { temperature: '_value' } },
      ['a 2026-01-31T09:30:00.000Z 21.5'],
    ],
    [
      'of InfluxDB 1, in nanoseconds',
      'name,time,device,value\ncpu,1769851800000000000,a,3\n',
      { device: 'device' },
      ['a 2026-01-31T09:30:00.000Z 3'],
    ],
    [
      'of pandas, where what is missing is nan',
      ',timestamp,temperature,cpu\n0,2026-01-31 09:30:00+00:00,21.5,nan\n',
      { metrics: { temperature: 'temperature', cpu: 'cpu' } },
      ['pump 2026-01-31T09:30:00.000Z 21.5'],
    ],
    [
      'of The Things Network, nested',
      `${JSON.stringify(TTN(21.5))}\n${JSON.stringify(TTN(21.6))}\n`,
      ttn,
      ['eui-1 2026-01-31T09:30:00.123Z 21.5', 'eui-1 2026-01-31T09:30:00.123Z 21.6'],
    ],
    ['that is one JSON array', JSON.stringify([TTN(21.5)]), ttn, ['eui-1 2026-01-31T09:30:00.123Z 21.5']],
    [
      'of NDJSON with numbers in quotes and seconds',
      '{"ts":1769851800,"value":"21.5"}\n',
      {},
      ['pump 2026-01-31T09:30:00.000Z 21.5'],
    ],
  ])('%s', async (_, content, mapping, told) => {
    expect(await imported(content, mapping)).toMatchObject({ told, skipped: 0 });
  });

  it('says what to change where it cannot be read', async () => {
    const latin = Buffer.from('Zeit;Ger\u00e4t\n2026-01-31 09:30;1\n', 'latin1');
    await expect(imported(latin, {})).rejects.toThrow(/another encoding\. Convert it: iconv/);
    await expect(imported('when,value\n2026-01-31 09:30,1\n', {})).rejects.toThrow(/Name it with --time$/);
    await expect(imported('time,value\n2026-01-31 09:30,"1,234"\n', {})).rejects.toThrow(/--decimal comma/);
    await expect(imported('{"time":1}\n', {})).rejects.toThrow('Expected one of the columns time');
    await expect(imported(gzipSync(EXCEL).subarray(0, 20), {})).rejects.toThrow(
      /^Cannot read .*: unexpected end/,
    );
  });

  it('names what is skipped', async () => {
    const csv = 'time,value\n2026-01-31 09:30,21.5 °C\n2026-01-31 09:31,NaN\n2026-01-31 09:32,5\n';
    expect(await imported(csv, {})).toMatchObject({
      skipped: 2,
      problems: [
        'line 2: temperature: Expected a number, got "21.5 °C"',
        expect.stringMatching(/^line 3: reading: Expected at least one of .*, got null$/),
      ],
    });
  });
});
