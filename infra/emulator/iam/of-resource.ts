import { ZodError } from 'zod';
import { issueIn } from '../base/issue.ts';
import { SetupError } from '../base/setup-error.ts';

/** Reads the policy of a resource. @throws SetupError which names the resource and what cannot be evaluated here */
export function ofResource<T>({ logicalId }: { logicalId: string }, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause;
    const text = `The policy of ${logicalId} cannot be evaluated here: ${issueIn(cause)}.`;
    throw new SetupError(text, { cause });
  }
}
