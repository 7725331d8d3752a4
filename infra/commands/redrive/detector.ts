/** The detector, invoked as the event source mapping does it. */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { jsonIn } from '../../../services/contract/json.ts';

/** The outcome of a batch. */
export type Verdict =
  | { ok: true }
  /**
   * `records`: the function itself failed, perhaps because of these records. `calls`: its calls to AWS failed, so that
   * later batches would fail too, or overtake this one.
   */
  | { ok: false; cause: 'records' | 'calls'; reason: string };

export type Detect = (event: string) => Promise<Verdict>;

const answerSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().nullish() })).nullish() })
  .nullable();
const errorSchema = z.object({ errorType: z.string(), errorMessage: z.string() });

/** Invokes the detector. Rejects with the error of the SDK where Lambda refuses or cannot be reached. */
export function createDetect(client: LambdaClient, functionName: string): Detect {
  return async (event) => {
    const command = new InvokeCommand({ FunctionName: functionName, Payload: event });
    const { FunctionError, Payload } = await client.send(command);
    const answer = Payload === undefined ? '' : Buffer.from(Payload).toString();
    return FunctionError === undefined ? verdictOf(answer) : failed(answer);
  };
}

/** Lambda's rules: a missing or empty list means success. */
function verdictOf(text: string): Verdict {
  const answer = answerSchema.safeParse(jsonIn(text));
  if (!answer.success) {
    return {
      ok: false,
      cause: 'records',
      reason: 'its answer has no batchItemFailures: is it the detector?',
    };
  }
  const failures = answer.data?.batchItemFailures ?? [];
  if (failures.length === 0) return { ok: true };
  return { ok: false, cause: 'calls', reason: 'a call to AWS failed again' };
}

function failed(text: string): Verdict {
  const error = errorSchema.safeParse(jsonIn(text));
  const what = error.success ? `${error.data.errorType}: ${error.data.errorMessage}` : 'no reason given';
  return { ok: false, cause: 'records', reason: `the function failed: ${what.split('\n', 1)[0]}` };
}
