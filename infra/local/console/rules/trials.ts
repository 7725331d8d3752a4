/** The backtest of a page's edited rules: one at a time, because each takes a processor for a while. */
import { randomUUID } from 'node:crypto';
import type { BacktestIncident, BacktestResult } from '../../../cli/backtest-result.ts';
import type { RuleTrial, TrialResult } from '../rules-answers.ts';
import type { BacktestRequest, RunningBacktest, StartBacktest } from './backtest-process.ts';

export interface Trials {
  /** Ends the one that runs. @returns its id */
  begin(request: BacktestRequest): string;
  /** Undefined for one that is not the last. */
  get(id: string): RuleTrial | undefined;
  stop(id: string): void;
  close(): void;
}

/** Incidents of each list that a person reads. */
const LISTED = 100;

export function createTrials(start: StartBacktest): Trials {
  let last: { trial: RuleTrial; running: RunningBacktest } | undefined;

  function end(): void {
    if (last?.trial.state !== 'running') return;
    last.trial.state = 'stopped';
    last.running.stop();
  }

  return {
    begin(request) {
      end();
      const trial: RuleTrial = { id: randomUUID(), state: 'running', phase: 'begins', done: 0, total: 0 };
      const running = start(request, (progress) => Object.assign(trial, progress));
      last = { trial, running };
      running.result.then(
        (result) => {
          if (trial.state === 'running') Object.assign(trial, { state: 'done', result: shorten(result) });
        },
        ({ message: problem }: Error) => {
          if (trial.state === 'running') Object.assign(trial, { state: 'failed', problem });
        },
      );
      return trial.id;
    },
    get: (id) => (last?.trial.id === id ? last.trial : undefined),
    stop(id) {
      if (last?.trial.id === id) end();
    },
    close: end,
  };
}

function shorten({ history, notices, comparison }: BacktestResult): TrialResult {
  const { same, changed, added, gone, emails, perRule } = comparison;
  const list = (name: 'added' | 'gone', incidents: BacktestIncident[]) => ({
    ...{ name, total: incidents.length },
    incidents: incidents.slice(0, LISTED).map((incident) => ({ incident })),
  });
  return {
    ...{ history, notices, same, emails, perRule },
    lists: [
      list('added', added),
      list('gone', gone),
      {
        ...{ name: 'changed', total: changed.length },
        incidents: changed
          .slice(0, LISTED)
          .map(({ after, before }) => ({ incident: after, before: before.slice(0, LISTED) })),
      },
    ],
  };
}
