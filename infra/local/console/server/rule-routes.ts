/** The page's rules: those in force, their file, checks, backtests, and the one write. */
import { z } from 'zod';
import { parseDuration } from '../../../../services/contract/duration.ts';
import { parseRulesFile, type Rule, RulesError } from '../../../../services/contract/rule.ts';
import { formatDollars } from '../../../cli/athena-price.ts';
import { mostDollars } from '../../../cli/backtest-result.ts';
import type { ListedIncident } from '../page-state.ts';
import { changesBetween, commitMessage } from '../rules/rule-changes.ts';
import type { RuleDesk } from '../rules/rule-desk.ts';
import { ruleFields } from '../rules/rule-fields.ts';
import { diffOf } from '../rules/rules-file.ts';
import type { RuleInForce, RulesCheck, RulesFileState } from '../rules-answers.ts';
import { body, HttpError, jsonAnswer, type PageRoutes, search } from './http.ts';
import type { ReadIncidents } from './incident-book.ts';

export interface RuleSources {
  incidents: ReadIncidents;
  /** As the template has them that runs. */
  rulesInForce(): readonly Rule[] | Promise<readonly Rule[]>;
  /** Undefined where the page only shows rules. */
  ruleDesk?: RuleDesk | undefined;
}

const MAX_BYTES = 1_000_000;
const text = z.string().max(MAX_BYTES);
const since = z.enum(['1h', '6h', '1d', '3d', '7d']);
const textSchema = z.strictObject({ text });
const writeSchema = textSchema.extend({ version: z.string().max(64) });
const trialSchema = textSchema.extend({ since });
const idSchema = z.strictObject({ id: z.string().max(64) });
const sinceSchema = z.strictObject({ since });

export function ruleRoutes({ incidents, rulesInForce, ruleDesk }: RuleSources): PageRoutes {
  return {
    '/api/rules': {
      GET: async () => {
        const rules = await rulesInForce();
        return jsonAnswer({
          rules: inForceWith(rules, (await incidents()).incidents),
          file: ruleDesk && fileState(ruleDesk, rules),
        });
      },
    },
    ...(ruleDesk
      ? { ...fileRoutes(ruleDesk, rulesInForce), ...trialRoutes(ruleDesk, rulesInForce) }
      : NO_FILE),
  };
}

const NO_FILE: PageRoutes = {
  '/api/rules-file': {
    GET: () => {
      throw new HttpError(
        404,
        'Rules are only shown here: what runs was not made from a file of this folder.',
      );
    },
  },
};

function fileRoutes(desk: RuleDesk, rulesInForce: RuleSources['rulesInForce']): PageRoutes {
  const { file, applyWith } = desk;
  return {
    '/api/rules-file': {
      GET: () =>
        jsonAnswer({
          ...{ name: file.name, ...file.read(), isWritable: file.isWritable() },
          ...{ applyWith, fields: ruleFields() },
        }),
    },
    '/api/rules-check': {
      POST: body(textSchema, MAX_BYTES, async ({ text }) => check(desk, text, await rulesInForce())),
    },
    '/api/rules-write': {
      POST: body(writeSchema, MAX_BYTES, ({ text, version }) => {
        const after = rulesOf(text, file.name);
        const { text: before } = file.read();
        const written = file.write(text, version);
        if (written === undefined)
          throw new HttpError(409, `${file.name} has changed since it was loaded here.`);
        const changes = changesBetween(parsed(before, file.name).rules, after);
        return {
          ...{ version: written, diff: diffOf(file.name, before, text) },
          commands: [`git commit -m "${commitMessage(changes)}" ${file.name}`, applyWith],
        };
      }),
    },
  };
}

function trialRoutes(desk: RuleDesk, rulesInForce: RuleSources['rulesInForce']): PageRoutes {
  const { file, trials } = desk;
  return {
    '/api/rules-trial': {
      GET: search(idSchema, ({ id }) => {
        const trial = trials.get(id);
        if (trial) return trial;
        throw new HttpError(404, 'Another backtest has taken the place of this one. Try it again.');
      }),
      POST: body(trialSchema, MAX_BYTES, async ({ text: candidate, since }) => {
        rulesOf(candidate, file.name);
        const inForce = JSON.stringify({ rules: await rulesInForce() });
        return { id: trials.begin({ candidate, inForce, since }) };
      }),
    },
    '/api/rules-trial-stop': {
      POST: body(idSchema, MAX_BYTES, ({ id }) => {
        trials.stop(id);
        return { done: 'stopped' };
      }),
    },
    '/api/rules-trial-cost': {
      GET: search(sinceSchema, async ({ since }) => {
        const bytes = await desk.lakeBytes(parseDuration(since));
        return { bytes, atMost: formatDollars(mostDollars(bytes)) };
      }),
    },
  };
}

/** @throws HttpError 400 that names each problem */
function rulesOf(text: string, name: string): Rule[] {
  const { rules, error } = parsed(text, name);
  if (error) throw new HttpError(400, error.message);
  return rules;
}

function parsed(text: string, name: string): { rules: Rule[]; error?: RulesError } {
  try {
    return { rules: parseRulesFile(text, name) };
  } catch (error) {
    if (error instanceof RulesError) return { rules: [], error };
    throw error;
  }
}

function check({ file }: RuleDesk, text: string, inForce: readonly Rule[]): RulesCheck {
  const { rules, error } = parsed(text, file.name);
  const disk = file.read();
  return {
    problems: error?.problems ?? [],
    changes: error ? [] : changesBetween(inForce, rules),
    ...{ diff: diffOf(file.name, disk.text, text), version: disk.version },
  };
}

/** A file that is not there or not readable is said as well: the page goes on with the rules in force. */
function fileState({ file, applyWith }: RuleDesk, inForce: readonly Rule[]): RulesFileState {
  const about = { name: file.name, applyWith };
  try {
    return { ...about, changes: changesBetween(inForce, parseRulesFile(file.read().text, file.name)) };
  } catch (error) {
    return { ...about, changes: [], problem: (error as Error).message };
  }
}

function inForceWith(rules: readonly Rule[], incidents: readonly ListedIncident[]): RuleInForce[] {
  const found = new Map(rules.map(({ name }): [string, RuleInForce] => [name, { name, open: 0 }]));
  for (const incident of incidents) {
    const rule = found.get(incident.rule);
    if (!rule) continue;
    if (incident.state !== 'resolved') rule.open += 1;
    const fired = firedAt(incident);
    if (fired !== undefined && fired > (rule.lastFired ?? '')) rule.lastFired = fired;
  }
  return [...found.values()];
}

/** When it was told first, or since when it has been bad where nobody was told. */
const firedAt = ({ state, timeline, started_at }: ListedIncident): string | undefined =>
  state === 'pending' ? undefined : (timeline.find(({ status }) => status === 'firing')?.at ?? started_at);
