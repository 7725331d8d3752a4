import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { expect, it, onTestFinished } from 'vitest';
import { runIncidents } from '../../../../infra/commands/incidents/incidents.ts';
import { firing, openStateTable } from '../../cli/incidents/support/state-table.ts';
import { listen } from '../support/listen.ts';
import { writeOutputs } from '../support/local-athena.ts';

const never = new AbortController().signal;
const NOW = Date.parse('2026-01-31T11:30:05.000Z');

async function command(items: Parameters<typeof openStateTable>[0] = []) {
  const table = await openStateTable(items);
  const dir = mkdtempSync(join(tmpdir(), 'incidents-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeOutputs(dir, { Endpoint: table.endpoint, StateTableName: table.name });
  return {
    table,
    async run(argv: string[], signal = never) {
      const { said, io } = listen();
      const screen = { width: 80, isTerminal: true, user: () => 'anna', now: () => NOW };
      const code = await runIncidents([...argv, '--local', '--dir', dir], { ...io, ...screen }, signal);
      return { code, ...said };
    },
  };
}

it('lists what is open, looks at it again, and gives it to programs', async () => {
  const { run } = await command([
    firing({ id: 'aa110000' }),
    firing({ id: 'bb220000', severity: 'critical', site: 'south' }),
  ]);
  const { code, stdout } = await run([]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^2 incidents are open: 1 critical, 1 warning\n\n.*\ncritical.*\nwarning/);

  const json = (await run(['list', '--site', 'sou*', '--json'])).stdout;
  expect(JSON.parse(json)).toMatchObject({ incident_id: 'bb220000', site_id: 'south', severity: 'critical' });
  expect((await run(['--since', '1h'])).stdout).toBe(
    'None of the 2 open incidents is of this site, rule, severity or time.\n',
  );

  const stop = new AbortController();
  stop.abort();
  const watched = await run(['--watch'], stop.signal);
  expect(watched.code).toBe(0);
  expect(watched.stdout).toContain('2026-01-31T11:30:05Z  Ctrl-C ends this\n2 incidents');
});

it('notes who looks at an incident and who ends it, for all that are named or for none', async () => {
  const { table, run } = await command([firing({ id: 'aa110000' }), firing({ id: 'aa220000' })]);
  expect(await run(['ack', 'aa11', 'aa22', 'cc33'])).toMatchObject({ code: 1, stdout: '' });
  expect(await run(['ack', 'aa11', 'aa22', '--comment', 'on my way'])).toMatchObject({ code: 0 });
  expect((await run(['list', '--json'])).stdout.match(/"by":"anna"/g)).toHaveLength(2);
  const { stdout } = await run(['ack', 'aa11', '--by', 'ben']);
  expect(stdout).toContain(
    'by ben. It goes on; reminders end. Before: anna, 2026-01-31 11:30:05 UTC: on my way.',
  );

  expect((await run(['close', 'aa11', '--comment', 'swapped'])).stdout).toContain(
    'ends within about a minute',
  );
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: table.name }));
  expect(Items.find(({ incident_id }) => incident_id?.S === 'aa110000')?.close_requested?.M).toEqual({
    ...{ by: { S: 'anna' }, at: { S: '2026-01-31T11:30:05.000Z' }, comment: { S: 'swapped' } },
  });
  // For the watchdog, where the site says nothing.
  expect(Items.map(({ device_rule }) => device_rule?.S)).toContain('close#north');
});

it('shows what the state table knows where the history cannot be asked', async () => {
  const { run } = await command([firing({ id: 'aa110000' })]);
  // The state table is all that is there.
  const { code, stdout, stderr } = await run(['show', 'aa11']);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^Incident {3}aa110000\nRule {7}temperature-high\n/);
  expect(stderr).toContain('The workgroup team is not there');
});

it('says what is wrong with what was typed', async () => {
  const { run } = await command([firing({ id: 'aa110000' }), firing({ id: 'aa119999' })]);
  const cases: [argv: string[], text: string, code: number][] = [
    [['ack'], 'Expected the id of an incident after ack', 2],
    [['mute', 'aa11'], 'Expected one of list, show, ack, close, got "mute"', 2],
    [['show', 'aa110', 'aa119'], 'Expected 1 after show, got aa110 aa119', 2],
    [['close', 'aa110'], 'Expected --comment: why it is closed', 2],
    [['close', 'aa110', '--comment', 'x'.repeat(501)], 'Expected at most 500 characters, got 501.', 2],
    [['ack', 'aa11'], '2 incidents begin with aa11. Which one?', 2],
    [['ack', 'aa11', '--watch'], '--watch goes with list only', 2],
    [['ack', 'pump-1'], 'Expected the id of an incident, or at least its first four characters', 2],
    [['ack', 'dddd'], 'No open incident begins with dddd.', 1],
  ];
  for (const [argv, text, expected] of cases) {
    const { code, stderr } = await run(argv);
    expect(stderr).toContain(text);
    expect(code).toBe(expected);
  }
});
