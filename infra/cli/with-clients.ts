/** Clients of the AWS SDK for one piece of work: closed when it is over, and what AWS throws becomes a sentence. */
import { type AwsContext, explainAws } from './aws-problem.ts';
import { type ClientOptions, clientOptions } from './client-options.ts';
import type { StackOutputs } from './outputs.ts';

/** Short, so that a machine without a network fails soon. */
const MAX_ATTEMPTS = 2;

export type ClientsOptions = ClientOptions & { maxAttempts: number };

/** @throws UserError where AWS refuses or does not answer; else what `work` throws */
export async function withClients<C extends Record<string, { destroy(): void }>, T>(
  outputs: StackOutputs,
  open: (options: ClientsOptions) => C,
  context: Omit<AwsContext, 'endpoint'>,
  work: (clients: C) => Promise<T>,
): Promise<T> {
  const clients = open({ ...clientOptions(outputs), maxAttempts: MAX_ATTEMPTS });
  try {
    return await work(clients);
  } catch (error) {
    throw explainAws(error, { ...context, endpoint: outputs.Endpoint });
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}
