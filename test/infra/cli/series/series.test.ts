import { describe, expect, it } from 'vitest';
import type { Series, SeriesOptions } from '../../../../infra/cli/series/reader.ts';
import { readSeries, seriesDeviceId } from '../../../../infra/cli/series/series.ts';
import { textFile } from './support/text-file.ts';

const read = (text: string, options: Partial<SeriesOptions> = {}): Promise<Series> =>
  readSeries(textFile(text), { metric: 'temperature', ...options });

const table = (...lines: string[]) => ['timestamp,value', ...lines].join('\n');
const isoTimes = ({ timesMs }: Series) => timesMs.map((ms) => new Date(ms).toISOString());

describe('a recorded series', () => {
  it('is read from the named column', async () => {
    const text =
      '\uFEFFid,"a, b",timestamp\r\n1,"4.5",2024-02-01 10:00:00\r\n2,5,2024-02-01T10:00:30Z\r\n\r\n';
    expect(await read(text.replace('\uFEFF', ''), { column: 'a, b' })).toEqual({
      timesMs: [Date.UTC(2024, 1, 1, 10), Date.UTC(2024, 1, 1, 10, 0, 30)],
      values: [4.5, 5],
      skipped: { count: 0, named: [] },
      notices: [],
    });
  });

  it('names every bad row by its line, with the reason', async () => {
    const text = table(
      '2024-01-01 00:00:00,1',
      'yesterday,1',
      '2024-01-01 00:00:00,2',
      '2024-01-01 00:02:00,abc',
      '2024-01-01 00:03:00,',
      '2024-13-45 00:00:00,5',
      '2024-01-01 00:04:00,150',
      '2024-01-01 00:05:00',
      '2024-01-01 00:06:00,5,5',
    );
    const { values, skipped } = await read(text, { metric: 'cpu' });
    expect(values).toEqual([1]);
    expect(skipped).toEqual({
      count: 8,
      named: [
        { line: 3, reason: expect.stringContaining('got "yesterday"') },
        { line: 4, reason: 'Expected every time once, got that of line 2 again (2024-01-01T00:00:00.000Z)' },
        { line: 5, reason: 'Expected a number, got "abc"' },
        { line: 6, reason: 'Expected a number, got ""' },
        { line: 7, reason: expect.stringContaining('2024-13-45') },
        { line: 8, reason: expect.stringContaining('Expected a percentage (0 to 100) for cpu, got 150') },
        { line: 9, reason: 'Expected 2 cells, as in the header, got 1' },
        { line: 10, reason: 'Expected 2 cells, as in the header, got 3' },
      ],
    });
  });

  it('is put in order of time, keeps the first row of a time, and keeps to the range of its metric', async () => {
    const text = table(
      '2024-01-01 00:01:00,50',
      '2024-01-01 00:00:00,250',
      '2024-01-01 00:01:00,51',
      '2024-01-01 00:02:00,-300',
    );
    const { values, skipped, notices } = await read(text);
    expect(values).toEqual([250, 50]);
    expect(skipped.named).toEqual([
      { line: 4, reason: 'Expected every time once, got that of line 2 again (2024-01-01T00:01:00.000Z)' },
      { line: 5, reason: 'Expected °C (-273.15 to 10000) for temperature, got -300' },
    ]);
    expect(notices).toEqual(['Rows were not in order of time; sorted.']);
  });

  it('counts all skipped rows and names the first', async () => {
    const bad = Array.from({ length: 500 }, () => 'never,1');
    const { skipped } = await read(table(...bad, '2024-01-01 00:01:00,50'));
    expect(skipped.count).toBe(500);
    expect(skipped.named.map(({ line }) => line)).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
  });

  it('names its device after the file, in the letters of an id', () => {
    expect(seriesDeviceId('/data/ec2_cpu 5f/Ü.x.csv')).toMatch(/^[A-Za-z0-9._-]{1,64}$/);
    expect(seriesDeviceId(`${'a'.repeat(100)}.csv`)).toHaveLength(64);
  });
});

const ONE = '2026-05-04 10:00:00,1';

describe('a file that cannot be used', () => {
  it.each<[string, string, RegExp]>([
    [
      'has no time',
      'a,value\n1,2',
      /Expected one column of times, .* got 2 columns: a, value\. Name it with --time-column/,
    ],
    [
      'has no values',
      'timestamp,temp\n1,2',
      /Expected one column of values, .* timestamp, temp\. Name it with --column/,
    ],
    [
      'has two times',
      'Time,timestamp,value\n1,2,3',
      /one column of times, .* Time, timestamp, value\. Name it with --time-column/,
    ],
    ['has values twice', 'time,value,Value\n1,2,3', /one column of values, .* Name it with --column/],
    ['has no header', `${ONE}\n${ONE}`, /got 2 columns: 2026-05-04 10:00:00, 1\. Name it with/],
    ['has no rows', 'timestamp,value\n', /it has no rows below its header/],
    [
      'has no good row',
      'timestamp,value\nx,y\n',
      /line 2: Expected a timestamp .* \(columns "timestamp" and "value"; --time-col/,
    ],
    [
      'has two delimiters',
      'time;value;x,time,value,y',
      /Expected one delimiter between its cells, got several\. Say which with --delimiter/,
    ],
    ['is empty', '', /Expected a header with a column of times and one of values, got an empty file/],
    ['has a header of other delimiters', 'time|value\n1|2', /got 1 column: time\|value\. /],
    [
      'opens a quote for good',
      table(ONE, `"2026-05-04 11:00:00,2\n${ONE}`),
      /Expected every quote to be closed, got one in line 3 that is not/,
    ],
    [
      'numbers its rows',
      ',moment,value\n0,2026-05-04 10:00:00,1\n1,2026-05-04 11:00:00,2',
      /line 2: Expected a timestamp .*"0"; --time-format/,
    ],
  ])('because it %s is one clear error', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toThrow('some.csv: ');
    await expect(read(text)).rejects.toMatchObject({ misuse: true });
  });

  it('because one row takes too much, as after a lost quote, is read no further', async () => {
    const text = table(ONE, '"2026-05-04 10:00:00,1', ...Array.from({ length: 100_000 }, () => ONE));
    await expect(read(text)).rejects.toThrow(/closed, got one in line 3 that is not/);
  });
});

/** Refused, until an option says what is meant. */
const AMBIGUOUS: {
  of: string;
  text: string;
  problem: RegExp;
  answers: [options: Partial<SeriesOptions>, points: [time: string, value: number][]][];
}[] = [
  {
    of: 'day and month',
    text: table('01/02/2026 10:00,1', '03/04/2026 10:00,2'),
    problem:
      /got "01\/02\/2026 10:00" in line 2\. Say which .*--time-format DD\/MM\/YYYY or --time-format MM/,
    answers: [
      [
        { timeFormat: 'DD/MM/YYYY' },
        [
          ['2026-02-01T10:00', 1],
          ['2026-04-03T10:00', 2],
        ],
      ],
      [
        { timeFormat: 'MM/DD/YYYY' },
        [
          ['2026-01-02T10:00', 1],
          ['2026-03-04T10:00', 2],
        ],
      ],
    ],
  },
  {
    of: 'both orders of day and month',
    text: table('13/02/2026 10:00,1', '03/14/2026 10:00,2'),
    problem: /one order, got "13\/02\/2026 10:00" in line 2 and "03\/14\/2026 10:00" in line 3/,
    answers: [
      [{ timeFormat: 'DD/MM/YYYY' }, [['2026-02-13T10:00', 1]]],
      [{ timeFormat: 'MM/DD/YYYY' }, [['2026-03-14T10:00', 2]]],
    ],
  },
  {
    of: 'month before day with points, after a day before month',
    text: table('03.04.2026 10:00,1', '03.14.2026 10:00,2'),
    problem: /one order/,
    answers: [
      [
        { timeFormat: 'MM/DD/YYYY' },
        [
          ['2026-03-04T10:00', 1],
          ['2026-03-14T10:00', 2],
        ],
      ],
    ],
  },
  {
    of: 'a number that may be any unit',
    text: table('100000,1', '200000,2'),
    problem: /line 2: Expected a timestamp .*--time-format says what a number counts/,
    answers: [
      [
        { timeFormat: 'epoch-s' },
        [
          ['1970-01-02T03:46', 1],
          ['1970-01-03T07:33', 2],
        ],
      ],
    ],
  },
  {
    of: 'a date that is written as a number',
    text: table('202603011430,1'),
    problem: /line 2: Expected a timestamp/,
    answers: [],
  },
  {
    of: 'a decimal mark that may be one of thousands',
    text: 'time;value\n2026-05-04 10:00;1,234\n2026-05-04 11:00;12',
    problem: /thousands, got "1,234" in line 2\. Say .*--decimal comma or --decimal point/,
    answers: [
      [
        { decimal: 'comma' },
        [
          ['2026-05-04T10:00', 1.234],
          ['2026-05-04T11:00', 12],
        ],
      ],
      [{ decimal: 'point' }, [['2026-05-04T11:00', 12]]],
    ],
  },
  {
    of: 'thousands beside a decimal comma',
    text: 'time;value\n2026-05-04 10:00;1.234\n2026-05-04 11:00;12,5',
    problem: /one decimal mark, got "1\.234" in line 2/,
    answers: [
      [{ decimal: 'comma' }, [['2026-05-04T11:00', 12.5]]],
      [{ decimal: 'point' }, [['2026-05-04T10:00', 1.234]]],
    ],
  },
  {
    of: 'two series in one file',
    text: 'device;time;value\na;2026-05-04 10:00;1\nb;2026-05-04 10:30;50\na;2026-05-04 11:00;2',
    problem: /several: device is a, and b\. Choose with --where "device=a"/,
    answers: [
      [
        { where: { device: 'a' } },
        [
          ['2026-05-04T10:00', 1],
          ['2026-05-04T11:00', 2],
        ],
      ],
      [{ where: { Device: 'b' } }, [['2026-05-04T10:30', 50]]],
    ],
  },
  {
    of: 'two columns of one name',
    text: 'time,value,value\n2026-05-04 10:00,1,2',
    problem: /Name it with --column/,
    answers: [
      [{ column: '2' }, [['2026-05-04T10:00', 1]]],
      [{ column: '3' }, [['2026-05-04T10:00', 2]]],
    ],
  },
  {
    of: 'several times of one day, without the time of day',
    text: 'day,time of day,value\n2026-05-04,10:00,1\n2026-05-04,11:00,2',
    problem: /Name it with --time-column/,
    answers: [],
  },
];

describe('what is ambiguous', () => {
  it.each(AMBIGUOUS)('is refused until an option says it: $of', async ({ text, problem, answers }) => {
    await expect(read(text)).rejects.toThrow(problem);
    for (const [options, points] of answers) {
      const series = await read(text, options);
      const found = isoTimes(series).map((time, i) => [time.slice(0, 16), series.values[i]]);
      expect(found).toEqual(points);
    }
  });

  it('is refused where a day has several rows and no time of day', async () => {
    const text = 'day,clock,value\n2026-05-04,10:00,1\n2026-05-04,11:00,2';
    await expect(read(text, { timeColumn: 'day' })).rejects.toThrow(
      /Expected a time of day .* got 2026-05-04 in lines 2 and 3\. Name another column/,
    );
  });
});

describe('an option about the columns', () => {
  const text = 'when,Temp,temp\n2026-05-04 10:00,1,2';

  it.each<[Partial<SeriesOptions>, number]>([
    [{ timeColumn: 'WHEN', column: 'temp' }, 2],
    [{ timeColumn: '1', column: 'Temp' }, 1],
  ])('%j', async (options, value) => {
    expect((await read(text, options)).values).toEqual([value]);
  });

  it.each<[Partial<SeriesOptions>, RegExp]>([
    [
      { timeColumn: 'then', column: 'temp' },
      /--time-column then: .* none of that name, in 3 columns: when, Temp, temp/,
    ],
    [{ timeColumn: 'when', column: 'TEMP' }, /--column TEMP: .* 2 of that name: say the number of one/],
    [{ timeColumn: 'when', column: 'when' }, /Expected two columns, got when for times and values/],
    [{ timeColumn: 'when', column: 'temp', where: { room: 'a' } }, /--where room: .* none of that name/],
    [
      { timeColumn: 'when', column: 'temp', where: { Temp: '5' } },
      /Expected rows as --where says, got 1 other/,
    ],
    [
      { timeColumn: 'when', column: 'temp', delimiter: ';' },
      /got none of that name, in 1 column: when,Temp,temp/,
    ],
  ])('that fits nothing is refused: %j', async (options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
  });
});

describe('a time', () => {
  const timeOf = async (cell: string, options: Partial<SeriesOptions> = {}) =>
    isoTimes(await read(`time;value\n${cell};1`, options))[0];

  it.each([
    ['2026-05-04T10:00:00Z', '2026-05-04T10:00:00.000Z'],
    ['2026-05-04t10:00:00.1234567+05:30', '2026-05-04T04:30:00.123Z'],
    ['2026-05-04 10:00:00,5 -0100', '2026-05-04T11:00:00.500Z'],
    ['2026-05-04 10:00+01', '2026-05-04T09:00:00.000Z'],
    ['2026-05-04 10:00:00 UTC', '2026-05-04T10:00:00.000Z'],
    ['2026/05/04 9:05', '2026-05-04T09:05:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['04.05.2026 10:00:30.25', '2026-05-04T10:00:30.250Z'],
    ['14/05/2026, 12:00:00', '2026-05-14T12:00:00.000Z'],
    ['05/14/2026 12:30 AM', '2026-05-14T00:30:00.000Z'],
    ['1777888800', '2026-05-04T10:00:00.000Z'],
    ['1777888800.0019', '2026-05-04T10:00:00.001Z'],
    ['1777888800001', '2026-05-04T10:00:00.001Z'],
    ['1777888800001999', '2026-05-04T10:00:00.001Z'],
    ['1777888800001999999', '2026-05-04T10:00:00.001Z'],
  ])('%s is %s', async (cell, iso) => {
    expect(await timeOf(cell)).toBe(iso);
  });

  it.each([
    ...[
      '2026-02-29',
      '2026-04-31 10:00',
      '2026-05-04 24:00',
      '2026-05-04 10:00:60',
      '2026-13-01',
      '2026-00-10',
    ],
    ...[
      '2026-05-04 10:00+24:00',
      '31.04.2026 10:00',
      '13/13/2026 10:00',
      '0050-01-01 10:00',
      '9999-12-31 10:00',
    ],
    ...['05/14/2026 13:00 PM', '05/14/2026 0:30 AM'],
  ])('%s exists in no calendar, and is no other time', async (cell) => {
    await expect(timeOf(cell)).rejects.toThrow(
      `line 2: Expected a time that the calendar has, got "${cell}"`,
    );
  });

  it.each([
    ...[
      '04/05/26 10:00',
      '10:00',
      '4 May 2026',
      '2026-05-04 10',
      '2026-05-04T10:00:00 CEST',
      '20260504',
      '46146.41',
    ],
    ...[
      '2026050410',
      '20260504100000',
      '0x69f86d20',
      '1.7778888e9',
      '17778888000',
      '2026-05-04-10:00',
      '1',
      '',
    ],
  ])('%j is not guessed at', async (cell) => {
    await expect(timeOf(cell)).rejects.toThrow('line 2: Expected a timestamp such as');
  });

  it('keeps to the form of the first of its file', async () => {
    const { skipped, values } = await read(
      table(
        '2026-05-04 10:00,1',
        '1777888800000,2',
        '04.05.2026 12:00,3',
        '2026-05-04 13:00+02:00,4',
        '2026-05-04 14:00Z,5',
      ),
    );
    expect(values).toEqual([1, 5]);
    expect(skipped.named.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('with the year first, as in the rows before, got "1777888800000"'),
      expect.stringContaining('with the year first, as in the rows before, got "04.05.2026 12:00"'),
      expect.stringContaining('without a zone, as in the rows before, got "2026-05-04 13:00+02:00"'),
    ]);
  });
});

describe('a value', () => {
  it.each([
    ...[
      ['21.5', 21.5],
      ['-0.5', -0.5],
      ['+3', 3],
      ['1e2', 100],
      ['2.5E-1', 0.25],
      ['.5', 0.5],
      ['5.', 5],
      ['007', 7],
    ],
    ...[
      ['21,5', 21.5],
      ['0,125', 0.125],
      [' 4 ', 4],
      ['"6"', 6],
    ],
  ] as [string, number][])('%s is %d', async (cell, value) => {
    expect((await read(`time;value\n2026-05-04;${cell}`)).values).toEqual([value]);
  });

  it.each([
    ...[
      '0x15',
      '0b1',
      '1_000',
      '1 000',
      '1,234.5',
      '1.234,5',
      '--1',
      '1e',
      'e5',
      '.',
      ',',
      '1,2,3',
      '21.5 °C',
    ],
    ...['85%', 'NaN', 'Infinity', '1e400', 'unknown', 'unavailable', 'null', '', '٣'],
  ])('%j is none', async (cell) => {
    await expect(read(`time;value\n2026-05-04;${cell}`)).rejects.toThrow('line 2: Expected a number, got');
  });
});

describe('quotes', () => {
  it('that swallowed rows up to the next quote are named', async () => {
    const text =
      'time\tvalue\tnote\n2026-05-04 10:00\t1\t"hot\n2026-05-04 11:00\t2\t"\n2026-05-04 12:00\t3\t';
    const { values, skipped } = await read(text);
    expect(values).toEqual([3]);
    expect(skipped.named).toMatchObject([{ line: 2 }]);
  });

  it('within a cell are letters', async () => {
    const text =
      'time,note,value\n2026-05-04 10:00,5" pipe,1\n2026-05-04 11:00,"a "b" c",2\n2026-05-04 12:00,x,3';
    expect((await read(text)).values).toEqual([1, 2, 3]);
  });

  it('that were lost do not give a row the value of another', async () => {
    const text = 'time,note,value\n2026-05-04 10:00,"hot,1\n2026-05-04 11:00,"ok",2\n2026-05-04 12:00,x,3';
    const { values, skipped } = await read(text);
    expect(values).toEqual([3]);
    expect(skipped.named).toEqual([
      { line: 2, reason: 'Expected a row to end in its line, got a quote that is open' },
    ]);
  });
});

describe('a header that comes again', () => {
  it('is no row, and says anew where the columns are', async () => {
    const text = 'time,raw,value\n2026-05-04 10:00,9,1\ntime,value,raw\n2026-05-04 11:00,2,9\n';
    expect((await read(text)).values).toEqual([1, 2]);
  });

  it('counts though it is not of the series that was chosen', async () => {
    const text = 'room,time,raw,value\na,2026-05-04 10:00,9,1\nroom,time,value,raw\na,2026-05-04 11:00,2,9\n';
    expect((await read(text, { where: { room: 'a' } })).values).toEqual([1, 2]);
  });
});
