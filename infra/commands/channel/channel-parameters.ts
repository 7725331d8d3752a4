/** For `npm run destroy`: the parameters of a stack's channels, which outlive it. Their values are not asked for. */
import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';
import { channelsPathOf } from '../../../services/contract/stack.ts';
import { PATIENCE } from '../../cli/client-options.ts';

const MAX_ATTEMPTS = 2;

/** Names of the parameters; undefined where they cannot be found out, such as without the right to ask. */
export async function channelParameters(stackName: string, region: string): Promise<string[] | undefined> {
  const client = new SSMClient({ ...PATIENCE, region, maxAttempts: MAX_ATTEMPTS });
  const names: string[] = [];
  try {
    for await (const { Parameters = [] } of paginateGetParametersByPath(
      { client },
      { Path: channelsPathOf(stackName), WithDecryption: false },
    ))
      names.push(...Parameters.flatMap(({ Name }) => Name ?? []));
    return names;
  } catch {
    return undefined;
  } finally {
    client.destroy();
  }
}
