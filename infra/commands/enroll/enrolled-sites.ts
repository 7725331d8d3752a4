/** For other commands: which sites are enrolled at the deployed stack. */
import { IoTClient } from '@aws-sdk/client-iot';
import { clientOptions } from '../../cli/client-options.ts';
import { findStack } from '../../cli/find-stack.ts';
import { Sites } from './sites.ts';

/** Undefined where it cannot be found out: without outputs or without the right to ask. */
export async function enrolledSites(): Promise<string[] | undefined> {
  let iot: IoTClient | undefined;
  try {
    const outputs = await findStack();
    if (outputs.EdgePolicyName === undefined) return [];
    iot = new IoTClient({ ...clientOptions(outputs), maxAttempts: 2 });
    return (await new Sites(iot, outputs.EdgePolicyName).list()).map(({ site }) => site);
  } catch {
    return undefined;
  } finally {
    iot?.destroy();
  }
}
