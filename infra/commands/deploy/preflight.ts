/** What can be known before a deployment: whether the CDK command line can succeed. */
import type { Stacks } from '../../cli/aws-stacks.ts';
import { UserError } from '../../cli/user-error.ts';

/** The same as `engines` in package.json. */
const OLDEST_NODE = '20.19.0';
/** Name of CDK's own stack in a bootstrapped account, and the version that our template asks for. */
const BOOTSTRAP_STACK = 'CDKToolkit';
const OLDEST_BOOTSTRAP = 6;

/** @throws UserError for a version that is too old */
export function checkNode(version: string): void {
  if (compareVersions(version, OLDEST_NODE) >= 0) return;
  throw new UserError(`Expected Node ${OLDEST_NODE} or newer, got ${version}. Get one at https://nodejs.org`);
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number)) as [number[], number[]];
  const at = left.findIndex((part, i) => part !== right[i]);
  return at === -1 ? 0 : (left[at] as number) - (right[at] ?? 0);
}

/** @throws UserError with the command that bootstraps the account */
export async function checkBootstrap(stacks: Stacks): Promise<void> {
  const toolkit = await stacks.find(BOOTSTRAP_STACK);
  const version = Number(
    toolkit?.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue,
  );
  if (toolkit && version >= OLDEST_BOOTSTRAP) return;
  throw new UserError(
    [
      toolkit
        ? `CDK's bootstrap stack in ${stacks.region} is too old (version ${version || 'unknown'}, not ${OLDEST_BOOTSTRAP}).`
        : `This account is not bootstrapped for CDK in ${stacks.region}.`,
      `Do that once with: AWS_REGION=${stacks.region} npx cdk bootstrap`,
      '(Bootstrapped under another name? Then deploy with: npx cdk deploy --toolkit-stack-name NAME)',
    ].join('\n'),
  );
}
