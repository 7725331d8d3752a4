import type { RuntimeEvent } from '../base/events.ts';
import type { InvocationResult } from '../lambda/function.ts';
import type { Verdict } from './batch.ts';
import type { AbandonedBatch } from './failure-destination.ts';

export function invocationEvent(
  functionName: string,
  records: number,
  result: InvocationResult,
  verdict: Verdict,
): RuntimeEvent {
  const event = { type: 'invocation', functionName, records, durationMs: result.durationMs } as const;
  if (result.status !== 'ok') {
    const outcome = result.status === 'timeout' ? 'timeout' : 'error';
    return { ...event, outcome, error: firstLine(result) };
  }
  return verdict.ok ? { ...event, outcome: 'ok' } : { ...event, outcome: 'partial', error: verdict.reason };
}

/** @param key of the object in the failure bucket; empty without one */
export function abandonedEvent(functionName: string, batch: AbandonedBatch, key: string): RuntimeEvent {
  const { records, condition, lastResult } = batch;
  const why = lastResult && lastResult.status !== 'ok' ? `: ${firstLine(lastResult)}` : '';
  return {
    type: 'batch-abandoned',
    functionName,
    records: records.length,
    key,
    reason: `${condition}${why}`,
  };
}

function firstLine(result: Exclude<InvocationResult, { status: 'ok' }>): string {
  const message = result.errorMessage.split('\n', 1)[0] ?? '';
  return result.status === 'timeout' ? message : `${result.errorType}: ${message}`;
}
