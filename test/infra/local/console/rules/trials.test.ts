import { describe, expect, it } from 'vitest';
import type {
  BacktestIncident,
  BacktestProgress,
  BacktestResult,
} from '../../../../../infra/cli/backtest-result.ts';
import { createTrials } from '../../../../../infra/local/console/rules/trials.ts';

const request = { candidate: '{}', inForce: '{}', since: '1d' };
const result = (added: number): BacktestResult => ({
  history: { readings: 1, devices: 1, from: '', to: '' },
  comparison: {
    ...{ same: 0, changed: [], gone: [], perRule: [], emails: { candidate: 0, inForce: 0 } },
    added: Array.from({ length: added }, () => ({ rule: 'hot' }) as BacktestIncident),
  },
  notices: [],
});

function setUp() {
  const begun: {
    progress(progress: BacktestProgress): void;
    done(result: BacktestResult): void;
    fail(error: Error): void;
    stopped: number;
  }[] = [];
  const trials = createTrials((_request, progress) => {
    const one = { progress, done: (_: BacktestResult) => {}, fail: (_: Error) => {}, stopped: 0 };
    begun.push(one);
    const result = new Promise<BacktestResult>((done, fail) => Object.assign(one, { done, fail }));
    return {
      result,
      stop() {
        one.stopped += 1;
        one.fail(new Error('ended with SIGINT'));
      },
    };
  });
  return { trials, begun };
}
const settled = () => new Promise((done) => setImmediate(done));

describe('trials of rules', () => {
  it('say how far they are, then what they found: no more than a person reads, and how many there are', async () => {
    const { trials, begun } = setUp();
    const id = trials.begin(request);
    expect(trials.get(id)).toMatchObject({ state: 'running', phase: 'begins', total: 0 });
    begun[0]?.progress({ phase: 'reads', done: 5, total: 10 });
    expect(trials.get(id)).toMatchObject({ state: 'running', phase: 'reads', done: 5, total: 10 });
    begun[0]?.done(result(150));
    await settled();
    const [added] = trials.get(id)?.result?.lists ?? [];
    expect([trials.get(id)?.state, added?.name, added?.total, added?.incidents.length]).toEqual([
      'done',
      'added',
      150,
      100,
    ]);
    expect(trials.get('another')).toBeUndefined();
  });

  it('say why they failed', async () => {
    const { trials, begun } = setUp();
    const id = trials.begin(request);
    begun[0]?.fail(new Error('no readings'));
    await settled();
    expect(trials.get(id)).toMatchObject({ state: 'failed', problem: 'no readings' });
  });

  it('run one at a time, end when somebody says so, and with the page', async () => {
    const { trials, begun } = setUp();
    const first = trials.begin(request);
    const second = trials.begin(request);
    expect([begun[0]?.stopped, trials.get(first)]).toEqual([1, undefined]);
    trials.stop(first);
    expect(begun[1]?.stopped).toBe(0);
    trials.stop(second);
    await settled();
    expect([begun[1]?.stopped, trials.get(second)?.state, trials.get(second)?.problem]).toEqual([
      1,
      'stopped',
      undefined,
    ]);
    trials.close();
    expect(begun[1]?.stopped).toBe(1);
    trials.begin(request);
    trials.close();
    expect(begun[2]?.stopped).toBe(1);
  });
});
