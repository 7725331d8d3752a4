/** The deployed stack of ours that a command is about, found from any machine. */
import type { Stack } from '@aws-sdk/client-cloudformation';
import { environmentOf, STACK_NAME, stackNameOf } from '../../services/contract/stack.ts';
import { awsProblemKind } from './aws-problem.ts';
import { NO_REGION, Stacks } from './aws-stacks.ts';
import { asOutputs, cachedOutputs, type StackOutputs } from './outputs.ts';
import { UserError } from './user-error.ts';

/** Names the stack where several are deployed. */
export const STACK_VARIABLE = 'STREAMWATCH_STACK';

/** What a command line says of the stack: each of the two derives the other. */
export interface StackChoice {
  env?: string;
  stack?: string;
}

/**
 * Name of the stack that the command line means, if it says so.
 * @throws UserError, a misuse, where the two disagree
 */
export function chosenStack({ env, stack }: StackChoice): string | undefined {
  if (env === undefined) return stack;
  const derived = stackNameOf(env);
  if (stack === undefined || stack === derived) return derived;
  throw UserError.misuse(
    `--env ${env} is stack ${derived}, but --stack says ${stack}. Leave out one of them.`,
  );
}

/**
 * The stack to deploy or destroy, by the command line, else by the environment variable, else the one without an
 * environment.
 * @throws UserError, a misuse, for a name that the template is never deployed under
 */
export function targetStack(choice: StackChoice): { stackName: string; env: string | undefined } {
  const stackName = chosenStack(choice) ?? (process.env[STACK_VARIABLE] || STACK_NAME);
  const env = environmentOf(stackName);
  if (env !== undefined || stackName === STACK_NAME) return { stackName, env };
  throw UserError.misuse(
    `Expected stack ${STACK_NAME}, or ${stackNameOf('ENV')} of an environment, got ${stackName}`,
  );
}

/**
 * The outputs of the stack with this name, else of the only one in the account and region. The outputs file of the last
 * deployment from this folder spares the question; CloudFormation has the truth.
 * @param name from the command line; without it, from the environment
 * @throws UserError when there is none, or more than one
 */
export async function findStack(name = process.env[STACK_VARIABLE] || undefined): Promise<StackOutputs> {
  const cached = cachedOutputs(name, process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION);
  if (cached) return cached;
  try {
    const stacks = await Stacks.open('finding the stack needs');
    try {
      return name === undefined ? onlyOne(await stacks.all(), stacks.region) : await named(name, stacks);
    } finally {
      stacks.close();
    }
  } catch (error) {
    throw withoutAws(error) ? new UserError(`${error.message}\n${OR_LOCAL}`, { cause: error }) : error;
  }
}

/** Nothing of AWS is set up here: perhaps the local runtime was meant. */
const withoutAws = (error: unknown): error is UserError =>
  error instanceof UserError &&
  (error.message === NO_REGION ||
    (error.cause !== undefined && awsProblemKind(error.cause) === 'no-credentials'));

const OR_LOCAL = "For the runtime of npm start on this machine, add --local, behind npm's own --.";

async function named(name: string, stacks: Stacks): Promise<StackOutputs> {
  const stack = await stacks.find(name);
  if (!stack) throw new UserError(`There is no stack ${name} in ${stacks.region}. ${HOW_TO_DEPLOY}`);
  const outputs = outputsIn(stack);
  if (outputs) return outputs;
  throw new UserError(
    `Stack ${name} in ${stacks.region} is not one of ours: it lacks outputs such as StreamName.`,
  );
}

function onlyOne(all: readonly Stack[], region: string): StackOutputs {
  const ours = all.flatMap((stack) => {
    const outputs = outputsIn(stack);
    return outputs ? [{ name: stack.StackName, outputs }] : [];
  });
  const [first, ...others] = ours;
  if (!first) throw new UserError(`No stack of ours is deployed in ${region}. ${HOW_TO_DEPLOY}`);
  if (others.length === 0) return first.outputs;
  throw UserError.misuse(
    `Several stacks of ours are deployed in ${region}: ${ours.map(({ name }) => name).join(', ')}. ` +
      `Choose one with --stack NAME or ${STACK_VARIABLE}.`,
  );
}

const HOW_TO_DEPLOY =
  "Deploy with: npm run deploy. Another region: AWS_REGION. The local runtime: --local, after npm's own --";

const outputsIn = ({ StackName, Outputs = [] }: Stack): StackOutputs | undefined =>
  asOutputs(
    StackName,
    Object.fromEntries(Outputs.map(({ OutputKey, OutputValue }) => [OutputKey ?? '', OutputValue])),
  );
