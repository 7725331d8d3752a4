/** Files as other programs export them, each with what it says. */
import type { SeriesOptions } from '../../../../../infra/cli/series/reader.ts';

export interface Export {
  text: string;
  /** The one option that it may need. */
  option?: Partial<SeriesOptions> & Record<string, unknown>;
  /** ISO 8601 times and values, in order. */
  points: [time: string, value: number][];
  /** Lines that are skipped. */
  skipped?: number[];
  notices?: RegExp[];
}

const rows = (...lines: string[]): string => `${lines.join('\n')}\n`;
const HOUR: Export['points'] = [
  ['2026-05-04T10:00:00.000Z', 19.5],
  ['2026-05-04T11:00:00.000Z', 20],
];

export const EXPORTS: Record<string, Export> = {
  'Home Assistant: history': {
    text: rows(
      'entity_id,state,last_changed',
      'sensor.attic,19.5,2026-05-04T10:00:00.000Z',
      'sensor.attic,unavailable,2026-05-04T10:20:00.123Z',
      'sensor.attic,unknown,2026-05-04T10:30:00.123Z',
      'sensor.attic,20,2026-05-04T11:00:00.000Z',
    ),
    points: HOUR,
    skipped: [3, 4],
  },
  'Home Assistant: history of two sensors': {
    text: rows(
      'entity_id,state,last_changed',
      'sensor.attic,19.5,2026-05-04T10:00:00.000Z',
      'sensor.attic_humidity,61,2026-05-04T10:00:05.000Z',
      'sensor.attic,20,2026-05-04T11:00:00.000Z',
    ),
    option: { where: { entity_id: 'sensor.attic' } },
    points: HOUR,
    notices: [/1 row of other series left out/],
  },
  'Grafana: semicolons and zones': {
    text: rows(
      'Series;Time;Value',
      'attic;2026-05-04T12:00:00+02:00;19.5',
      'attic;2026-05-04T13:00:00+02:00;20',
    ),
    points: HOUR,
  },
  'Grafana: milliseconds since 1970': {
    text: rows('"Series";"Time";"Value"', '"attic";1777888800000;19.5', '"attic";1777892400000;20'),
    points: HOUR,
    notices: [/Times are read as milliseconds since 1970/],
  },
  'Grafana: for Excel, a column for each series': {
    text: rows('sep=,', '"Time","attic","cellar"', '2026-05-04 10:00:00,19.5,8', '2026-05-04 11:00:00,20,8'),
    option: { column: 'ATTIC' },
    points: HOUR,
  },
  'InfluxDB: annotated, two tables': {
    text: [
      '#group,false,false,true,false,false',
      '#datatype,string,long,string,double,dateTime:RFC3339',
      '#default,mean,,,,',
      ',result,table,_field,_value,_time',
      ',,0,temperature,19.5,2026-05-04T10:00:00Z',
      '',
      '#group,false,false,false,true,false',
      '#datatype,string,long,dateTime:RFC3339,string,double',
      '#default,mean,,,,',
      ',result,table,_time,_field,_value',
      ',,0,2026-05-04T11:00:00Z,temperature,20',
      '',
    ].join('\r\n'),
    points: HOUR,
  },
  'InfluxDB: nanoseconds since 1970': {
    text: rows('name,time,temperature', 'air,1777888800000000000,19.5', 'air,1777892400000000000,20'),
    option: { column: 'temperature' },
    points: HOUR,
    notices: [/nanoseconds/],
  },
  'pandas: a numbered index': {
    text: rows(',timestamp,value', '0,2026-05-04 10:00:00,19.5', '1,2026-05-04 11:00:00,20.0'),
    points: HOUR,
  },
  'pandas: times as an index without a name': {
    text: rows(',value', '2026-05-04 10:00:00,19.5', '2026-05-04 11:00:00,20.0'),
    points: HOUR,
  },
  'pandas: two columns of times, and a raw value': {
    text: rows(
      ',received,timestamp,raw,value',
      '0,2026-05-04 10:00:07,2026-05-04 10:00:00+00:00,1950,19.5',
      '1,2026-05-04 11:00:07,2026-05-04 11:00:00+00:00,2000,20.0',
    ),
    points: HOUR,
  },
  'R: midnight without a time of day, missing values': {
    text: rows(
      '"","time","value"',
      '"1",2026-05-04 23:00:00,19.5',
      '"2",2026-05-04 23:30:00,NA',
      '"3",2026-05-05,20',
    ),
    points: [
      ['2026-05-04T23:00:00.000Z', 19.5],
      ['2026-05-05T00:00:00.000Z', 20],
    ],
    skipped: [3],
  },
  'a spreadsheet in German': {
    text: '\uFEFFZeit;Wert\r\n04.05.2026 10:00;19,5\r\n04.05.2026 11:00;20\r\n',
    option: { timeColumn: 'zeit', column: 'wert' },
    points: HOUR,
    notices: [/day before month/, /decimal comma/],
  },
  'a spreadsheet in American English': {
    text: rows(
      'Time\tValue',
      '5/4/2026 10:00:00 AM\t19.5',
      '5/4/2026 11:00:00 AM\t20',
      '5/13/2026 1:00:00 PM\t21',
    ),
    points: [...HOUR, ['2026-05-13T13:00:00.000Z', 21]],
    notices: [/month before day, because of "5\/13\/2026 1:00:00 PM" in line 4/],
  },
  'a data logger: date and time of day apart': {
    text: rows('Date,Time,Value', '2026-05-04,10:00,19.5', '2026-05-04,11:00,20'),
    points: HOUR,
  },
  'an empty first cell': {
    text: rows('room,timestamp,value', 'attic,2026-05-04 10:00:00,19.5', ',2026-05-04 11:00:00,20'),
    points: HOUR,
  },
  'quoted cells with quotes, delimiters and line breaks': {
    text: 'timestamp,note,value\n2026-05-04 10:00:00,"cold, ""very""\r\nor so",19.5\n2026-05-04 11:00:00,"a\n\nb",20\nx,,1\n',
    points: HOUR,
    skipped: [7],
  },
  'newest first, in capitals': {
    text: rows('TIMESTAMP,VALUE', '2026-05-04 11:00:00,20', '2026-05-04 10:00:00,19.5'),
    points: HOUR,
    notices: [/not in order of time; sorted/],
  },
  'days and hours that do not exist': {
    text: rows(
      'timestamp,value',
      ...['2026-02-30 10:00:00,1', '2026-05-04 25:00:00,2', '2025-02-29,3', '2026-05-04 10:60,4'],
      ...['0001-01-01 00:00:00,6', '2026-05-04 10:00:00 UTC,19.5', '2026-05-04 11:00:00,2e1'],
    ),
    points: HOUR,
    skipped: [2, 3, 4, 5, 6],
  },
};
