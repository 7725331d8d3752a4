/** The answers to the page's requests about rules: plain types, all JSON. */
import type { RuleProblem } from '../../../services/contract/rule.ts';
import type { BacktestIncident, BacktestProgress, BacktestResult } from '../../cli/backtest-result.ts';
import type { Iso } from './page-state.ts';

export interface RulesInForce {
  rules: RuleInForce[];
  /** The file of the working copy; absent where the page only shows rules. */
  file?: RulesFileState | undefined;
}

export interface RuleInForce {
  name: string;
  open: number;
  /** Of the incidents that are kept. */
  lastFired?: Iso | undefined;
}

export interface RulesFileState {
  name: string;
  /** What runs is otherwise; none where both are the same. */
  changes: RuleChange[];
  /** Why it is not a file of rules. */
  problem?: string;
  applyWith: string;
}

export interface RuleChange {
  rule: string;
  how: 'new' | 'changed' | 'removed';
}

export interface RulesFileText {
  name: string;
  text: string;
  /** Of the text: another whenever it is another text. */
  version: string;
  isWritable: boolean;
  /** What makes a written file take effect, as somebody types it. */
  applyWith: string;
  fields: RuleField[];
}

/** Help with one field; `severity.threshold` is one within another. */
export interface RuleField {
  name: string;
  meaning: string;
  takes: string;
  isRequired: boolean;
  /** As JSON. */
  default?: string;
  /** What is possible in each metric. */
  range?: string;
  /** Kinds of rules that have it so. */
  kinds: string[];
}

export interface RulesCheck {
  problems: readonly RuleProblem[];
  /** Against the rules in force; none while there are problems. */
  changes: RuleChange[];
  /** Against the file as it is on the disk. */
  diff: string;
  /** Of the file on the disk. */
  version: string;
}

export interface RulesWritten {
  version: string;
  diff: string;
  /** What to type next. */
  commands: string[];
}

export interface RuleTrial extends Pick<BacktestProgress, 'done' | 'total'> {
  id: string;
  state: 'running' | 'done' | 'failed' | 'stopped';
  phase: BacktestProgress['phase'] | 'begins';
  /** Why it failed. */
  problem?: string;
  result?: TrialResult;
}

export interface TrialResult
  extends Pick<BacktestResult, 'history' | 'notices'>,
    Pick<BacktestResult['comparison'], 'same' | 'emails' | 'perRule'> {
  lists: TrialList[];
}

export interface TrialList {
  name: 'added' | 'gone' | 'changed';
  /** `incidents` has the first of them. */
  total: number;
  incidents: { incident: BacktestIncident; before?: BacktestIncident[] }[];
}

export interface TrialCost {
  bytes: number;
  /** The most that it can cost on AWS, such as `$0.05`. */
  atMost: string;
}
