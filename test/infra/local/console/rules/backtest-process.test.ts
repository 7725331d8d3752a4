import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { BacktestProgress } from '../../../../../infra/cli/backtest-result.ts';
import { createBacktests } from '../../../../../infra/local/console/rules/backtest-process.ts';

const request = { candidate: '{"a":1}', inForce: '{"b":2}', since: '6h' };
/** What answers instead of the backtest. Its arguments begin after the script. */
const program = (script: string) => ['-e', script, '--'];

const ANSWER = `
  const { readFileSync } = require('node:fs');
  const argv = process.argv.slice(1);
  const of = (flag) => argv[argv.indexOf(flag) + 1];
  process.send({ phase: 'reads', done: 1, total: 2 });
  process.send({ anything: 'else' });
  const emails = { candidate: Object.keys(JSON.parse(readFileSync(of('--rules')))).length, inForce: 0 };
  console.log(JSON.stringify({
    history: { readings: 3, devices: 1, from: readFileSync(of('--against'), 'utf8'), to: of('--since') },
    comparison: { same: 0, changed: [], added: [], gone: [], emails, perRule: [] },
    notices: [of('--rules'), ...argv.slice(argv.indexOf('--json'))],
  }));
`;

describe('a backtest in a process of its own', () => {
  it('gets both rules as files, tells how far it is, and leaves nothing behind', async () => {
    const told: BacktestProgress[] = [];
    const start = createBacktests(process.cwd(), ['--local'], program(ANSWER));
    const { history, comparison, notices } = await start(request, (progress) => told.push(progress)).result;
    expect(told).toEqual([{ phase: 'reads', done: 1, total: 2 }]);
    expect([history.from, history.to, comparison.emails.candidate]).toEqual(['{"b":2}', '6h', 1]);
    const [rules = '', ...rest] = notices;
    expect([existsSync(rules), rest]).toEqual([false, ['--json', '--local']]);
  });

  it('fails with the sentence that it says', async () => {
    const script = "console.error('error: There are no readings.'); process.exit(1)";
    const start = createBacktests(process.cwd(), [], program(script));
    await expect(start(request, () => {}).result).rejects.toThrow(/^There are no readings\.$/);
  });

  it('is stopped, also while it hears nothing', async () => {
    const deaf =
      "process.on('SIGINT', () => {}); process.send({ phase: 'replays', done: 0, total: 1 }); setInterval(() => {}, 1e6)";
    const start = createBacktests(process.cwd(), [], program(deaf));
    let began = () => {};
    const begun = new Promise<void>((done) => {
      began = done;
    });
    const running = start(request, () => began());
    await begun;
    running.stop();
    await expect(running.result).rejects.toThrow('The backtest ended with SIGKILL');
  });
});
