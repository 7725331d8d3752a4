import { ZodError } from 'zod';
import { SetupError } from '../base/setup-error.ts';

/** Reads the policy of a resource. @throws SetupError which names the resource and what cannot be evaluated here */
export function ofResource<T>({ logicalId }: { logicalId: string }, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause;
    const [issue] = cause.issues;
    const text = `The policy of ${logicalId} cannot be evaluated here: ${issue?.path.join('.')}: ${issue?.message}.`;
    throw new SetupError(text, { cause });
  }
}
