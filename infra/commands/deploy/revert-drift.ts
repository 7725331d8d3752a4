/** `npm run deploy -- --revert-drift`: puts back what was changed by hand, after showing it. docs/decisions/0070 */
import type { Change, StackResourceDrift } from '@aws-sdk/client-cloudformation';
import { Stacks } from '../../cli/aws-stacks.ts';
import { type Ask, isAgreed } from '../../cli/confirm.ts';
import { clip } from '../../cli/text.ts';
import { UserError } from '../../cli/user-error.ts';
import { DriftApi, type Wait } from './drift-api.ts';

interface RevertWorld {
  stackName: string;
  yes: boolean;
  ask: Ask;
  wait: Wait;
  now(): number;
  stderr(text: string): void;
}

/** Of a value, which may be a whole policy. */
const VALUE_WIDTH = 100;

/** @returns the exit code: 0 nothing to put back, or put back; 1 not */
export async function revertDrift(world: RevertWorld): Promise<number> {
  const { stackName, stderr } = world;
  const stacks = await Stacks.open('reverting drift needs');
  const api = new DriftApi(stacks.region, world.wait);
  try {
    const stack = await stacks.find(stackName);
    if (!stack) {
      const where = `There is no stack ${stackName} in ${stacks.region}.`;
      throw new UserError(`${where} Is AWS_REGION right? Another stack: --env or --stack`);
    }
    stderr(`Looking for what was changed by hand in ${stackName}, ${stacks.region} …\n`);
    const drifts = await api.detect(stackName);
    stderr(driftLines(drifts));
    if (drifts.length === 0) return 0;
    const { changeSet, changes } = await api.prepare(stack, `revert-drift-${world.now()}`);
    const unexpected = unexpectedIn(changes, drifts);
    stderr(changeLines(changes, unexpected));
    if (!(await isMeant(world, unexpected.length > 0))) {
      await api.discard(changeSet);
      stderr('Nothing was changed.\n');
      return 1;
    }
    const status = await api.execute(changeSet, stackName);
    const isDone = /^UPDATE_COMPLETE/.test(status);
    stderr(isDone ? `${stackName} is as its template says.\n` : `Not put back: the stack is ${status}.\n`);
    return isDone ? 0 : 1;
  } finally {
    api.close();
    stacks.close();
  }
}

/** A change that nobody has caused by hand may be an error of CloudFormation's: a person has to look at it. */
async function isMeant({ yes, ask, stderr: say }: RevertWorld, isUnexpected: boolean): Promise<boolean> {
  if (!isUnexpected) return isAgreed('Put it back?', { yes, ask, say });
  if (ask !== undefined) return ask('It changes what was not changed by hand, too (!). Do all of it?');
  say('It would change what was not changed by hand (!): only a person at a terminal can agree to that.\n');
  return false;
}

/** What is not as the template says. */
export function driftLines(drifts: readonly StackResourceDrift[]): string {
  if (drifts.length === 0) {
    return 'Everything is as the template says, as far as CloudFormation looks: not at every type and property.\n';
  }
  return drifts.map((drift) => resourceLines(drift).join('\n').concat('\n')).join('');
}

function resourceLines(drift: StackResourceDrift): string[] {
  const head = `  ${drift.LogicalResourceId} (${drift.ResourceType})`;
  if (drift.StackResourceDriftStatus === 'DELETED') return [`${head} was deleted`];
  const changed = (drift.PropertyDifferences ?? []).map(
    ({ PropertyPath, ExpectedValue, ActualValue }) =>
      `    ${PropertyPath}: ${value(ActualValue)}, not ${value(ExpectedValue)}`,
  );
  return [`${head} was changed`, ...changed];
}

const value = (text: string | undefined) => (text ? clip(text, VALUE_WIDTH) : 'nothing');

/** Logical ids of resources that a change set would change although they have not drifted. */
export function unexpectedIn(changes: readonly Change[], drifts: readonly StackResourceDrift[]): string[] {
  const drifted = new Set(drifts.map(({ LogicalResourceId }) => LogicalResourceId));
  return changes.flatMap(({ ResourceChange: change }) => {
    const { LogicalResourceId: id = '', Action } = change ?? {};
    return drifted.has(id) || Action === 'SyncWithActual' ? [] : [id];
  });
}

/** What the change set would do. */
export function changeLines(changes: readonly Change[], unexpected: readonly string[]): string {
  const lines = changes.flatMap(({ ResourceChange: change }) => {
    if (!change) return [];
    const { Action, LogicalResourceId: id = '', ResourceType, Replacement } = change;
    const replaced = Replacement === 'True' || Replacement === 'Conditional' ? ', by a new one' : '';
    return [`  ${unexpected.includes(id) ? '! ' : ''}${Action} ${id} (${ResourceType})${replaced}`];
  });
  return ['CloudFormation would:', ...lines, ''].join('\n');
}
