/** What a deployment would do to the settings of a stack. Nothing is changed yet. */
import { type Change, changesOf } from '../../aws/settings/changes.ts';
import { type Config, parseConfig } from '../../aws/settings/config.ts';
import type { Stacks } from '../../cli/aws-stacks.ts';
import { UserError } from '../../cli/user-error.ts';
import { rememberedIn, stillValid, wantedSettings } from './settings.ts';

export interface PlanSources {
  stackName: string;
  env: string | undefined;
  /** By `-c name=value`. */
  given: Record<string, string>;
  /** `context` of cdk.json. */
  project: Record<string, unknown>;
  /** Settings of an environment, from its file. */
  environment(name: string): Config;
}

export interface Plan {
  /** Context for CDK. */
  context: Record<string, string>;
  changes: Change[];
  news: News;
}

/** What a person has to do something about after the deployment. */
export interface News {
  /** Addresses that have to confirm their subscription to alerts. */
  alerts: string[];
  /** And to alarms about the pipeline itself. */
  alarms: string[];
  /** The settings name nobody for those. */
  isUnheard: boolean;
  /** There is a budget that was not there before. */
  hasBudget: boolean;
}

const newsOf = (deployed: Config, config: Config): News => {
  const added = (setting: 'alertEmail' | 'operationsEmail') =>
    config[setting].filter((address) => !deployed[setting].includes(address));
  return {
    ...{ alerts: added('alertEmail'), alarms: added('operationsEmail') },
    isUnheard: config.operationsEmail.length === 0,
    hasBudget: config.budgetUsd > 0 && deployed.budgetUsd === 0,
  };
};

/** States of a stack that holds nothing, and whose template nobody has ever used. */
const NEVER_DEPLOYED = ['REVIEW_IN_PROGRESS', 'ROLLBACK_COMPLETE', 'ROLLBACK_FAILED', 'CREATE_FAILED'];

const UNKNOWN: Change = {
  text: 'Settings of the deployed version are unknown: it did not remember them. What -c and cdk.json leave out gets its default',
  takesAway: true,
};

/** Somebody has switched it on by hand, so no setting is remembered; CDK would switch it off without a word. */
const UNPROTECTED: Change = {
  text: 'terminationProtection: on by hand → off (anybody who may can delete the stack); the setting terminationProtection=on keeps it',
  takesAway: true,
};

/** @throws UserError when AWS refuses, or with one line per setting that is not allowed */
export async function planFor(stacks: Stacks, sources: PlanSources): Promise<Plan> {
  const { stackName, env, given, project } = sources;
  const stack = await stacks.find(stackName);
  const isThere = stack !== undefined && !NEVER_DEPLOYED.includes(stack.StackStatus ?? '');
  const found = isThere ? rememberedIn(await stacks.template(stackName)) : {};
  const { settings: remembered, dropped } = stillValid(found ?? {});
  const { config, context } =
    env === undefined
      ? wantedSettings({ given, project, remembered })
      : { config: sources.environment(env), context: given };
  const deployed = parseConfig(remembered);
  if (isThere && found) checkReshard(deployed, config);
  const unprotects =
    stack?.EnableTerminationProtection === true &&
    deployed.terminationProtection === 'off' &&
    config.terminationProtection === 'off';
  return {
    context,
    changes: isThere
      ? [
          ...dropped,
          ...(found ? changesOf(deployed, config) : [UNKNOWN]),
          ...(unprotects ? [UNPROTECTED] : []),
        ]
      : [],
    news: newsOf(deployed, config),
  };
}

/** Kinesis takes at most the double and at least half of the shards in one step; the deployment would roll back. */
function checkReshard({ streamMode, shards: from }: Config, { streamMode: next, shards: to }: Config): void {
  if (streamMode === 'on-demand' || next === 'on-demand') return;
  const [least, most] = [Math.ceil(from / 2), from * 2];
  if (to >= least && to <= most) return;
  throw new UserError(
    `shards ${from} → ${to}: Kinesis takes ${least} to ${most} in one step. Deploy with shards=${to > most ? most : least} first.`,
  );
}
