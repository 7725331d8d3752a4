import { describe, expect, it } from 'vitest';
import { countPlaceholders, toExecutionParameters } from '../../../../infra/commands/query/request.ts';
import { renderSparklines, sparkline } from '../../../../infra/commands/query/sparkline.ts';
import { MAX_TABLE_ROWS, renderTable } from '../../../../infra/commands/query/table.ts';

const column = (name: string, type = 'varchar') => ({ name, type });
const width = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length));

describe('a table', () => {
  it('puts names above values, units below names, numbers to the right, and shows NULL as a dash', () => {
    const columns = [column('device_id'), column('max_cpu', 'double'), column('n', 'bigint')];
    const rows = [
      ['d1', '9.5', '1'],
      [null, '10.25', '20000'],
    ];
    expect(`\n${renderTable({ columns, rows }, 80)}`).toBe(`
device_id  max_cpu      n
                 %
─────────  ───────  ─────
d1            9.50      1
–            10.25  20000
`);
  });

  it('shows no 0 for what is not 0', () => {
    const rows = ['0.0', '-0.0', '1.0E-9', '-0.004', '0.25'].map((value) => [value]);
    const lines = renderTable({ columns: [column('x', 'double')], rows }, 80).split('\n');
    expect(lines.slice(2, -1).map((line) => line.trim())).toEqual(['0.00', '0.00', '1e-9', '-0.004', '0.25']);
  });

  it('breaks names at underscores if they would make it too wide', () => {
    const columns = [column('device_id'), column('average_temperature', 'double'), column('n', 'bigint')];
    expect(`\n${renderTable({ columns, rows: [['d1', '9.5', '1']] }, 30)}`).toBe(`
device_     average_
id       temperature  n
                  °C
───────  ───────────  ─
d1               9.5  1
`);
  });

  it('shows times without their zone, and milliseconds only if there are any', () => {
    const at = column('at', 'timestamp with time zone');
    const render = (...times: string[]) =>
      renderTable({ columns: [at], rows: times.map((time) => [time]) }, 80);
    expect(render('2026-03-01 00:00:00.000 UTC')).toContain('\n2026-03-01 00:00:00\n');
    expect(render('2026-03-01 00:00:00.000 UTC', '2026-03-01 00:00:00.250 UTC')).toContain(
      '2026-03-01 00:00:00.000\n',
    );
    expect(render('2026-03-01 00:00:00.000 UTC')).toContain('UTC\n');
  });

  it('cuts text to fit the screen, but never an identifier', () => {
    const columns = [column('device_id'), column('summary')];
    const rows = [['d'.repeat(40), 's'.repeat(60)]];
    const text = renderTable({ columns, rows }, 80);
    expect(width(text)).toBe(80);
    expect(text).toContain('d'.repeat(40));
    expect(text).toContain('s…');
  });

  it('that does not fit becomes one block per row', () => {
    const columns = Array.from({ length: 12 }, (_, i) => column(`quantity_${i}`, 'bigint'));
    const text = renderTable({ columns, rows: [columns.map(() => '1234567890')] }, 80);
    expect(text).toMatch(/^── 1 ─+\nquantity_0 {3}1234567890\n/);
    expect(width(text)).toBeLessThanOrEqual(80);
  });

  it('ends where a person stops reading', () => {
    const rows = Array.from({ length: MAX_TABLE_ROWS + 1500 }, (_, i) => [String(i)]);
    expect(renderTable({ columns: [column('n', 'bigint')], rows }, 80)).toMatch(
      /\n… and 1,500 more rows: --csv or --json gives all\n$/,
    );
  });

  it('lets no control character through to the terminal', () => {
    expect(renderTable({ columns: [column('x')], rows: [['a\u001b[31m\nb']] }, 80)).toContain('a␤[31m␤b');
  });
});

describe('a sparkline', () => {
  it('spans minimum to maximum, and keeps peaks when it is shortened', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
    expect(sparkline([5, 5, 5])).toBe('▁▁▁');
    expect(sparkline([...Array(100).fill(0), 9, ...Array(99).fill(0)], 10)).toBe('▁▁▁▁▁█▁▁▁▁');
  });

  const hours = (site: string) => ['00', '01', '02'].map((hour, i) => [`2026-03-01 ${hour}`, site, `${i}.0`]);
  const columns = [column('hour_sent'), column('site_id'), column('avg_temp', 'double')];

  it('is drawn for each series of a summary', () => {
    expect(renderSparklines({ columns, rows: [...hours('north'), ...hours('south')] })).toBe(
      'north avg_temp  ▁▅█  0 to 2 °C\nsouth avg_temp  ▁▅█  0 to 2 °C\n',
    );
  });

  it('tells devices apart by their site, though their times never meet', () => {
    const twins = [
      column('time', 'timestamp'),
      column('site_id'),
      column('device_id'),
      column('cpu', 'double'),
    ];
    const rows = Array.from({ length: 6 }, (_, i) => [
      `2026-03-01 09:00:0${i}.000 UTC`,
      i % 2 ? 'paris' : 'berlin',
      'sensor-1',
      `${i % 2 ? 90 : 10 + i}.0`,
    ]);
    expect(renderSparklines({ columns: twins, rows })).toBe(
      'berlin sensor-1 cpu  ▁▅█  10 to 14 %\nparis sensor-1 cpu   ▁▁▁  90 to 90 %\n',
    );
    const one = rows.filter(([, site]) => site === 'berlin');
    expect(renderSparklines({ columns: twins, rows: one })).toBe('cpu  ▁▅█  10 to 14 %\n');
  });

  it.each([
    ['times that go back', [...hours('north')].reverse()],
    ['fewer than three points', hours('north').slice(1)],
    ['no time at all', hours('north').map(([, ...rest]) => ['x', ...rest])],
  ])('is not drawn for %s', (_, rows) => {
    expect(renderSparklines({ columns: columns.slice(0), rows: rows as string[][] })).toBe('');
  });
});

it.each([
  ['d1', "'d1'"],
  ['5', '5'],
  ['-2.5', '-2.5'],
  ['007', "'007'"],
  ["'42'", "'42'"],
  ["it's", "'it''s'"],
  ["' OR '1' = '1", "''' OR ''1'' = ''1'"],
])('the parameter %s is passed as %s', (value, expected) =>
  expect(toExecutionParameters(value)).toBe(expected),
);

it('counts placeholders outside of text and comments', () => {
  expect(countPlaceholders(`SELECT '?', "?" -- ?\n /* ? */ WHERE a = ? AND b = ?`)).toBe(2);
});
