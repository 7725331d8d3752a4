/** The lines that Lambda itself writes into a function's log at the end of an invocation. */
import type { Report } from './execution-environment.ts';

export function reportLines(report: Report, memoryMb: number, nowMs: number): string[] {
  const { result, initMs, memoryBytes } = report;
  const { requestId, durationMs } = result;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${memoryMb} MB`,
  ];
  if (memoryBytes) fields.push(`Max Memory Used: ${Math.ceil(memoryBytes / 2 ** 20)} MB`);
  if (initMs !== undefined) fields.push(`Init Duration: ${initMs.toFixed(2)} ms`);
  if (result.status !== 'ok') fields.push(`Status: ${result.status}`);
  return [...errorLine(report, nowMs), `END RequestId: ${requestId}`, fields.join('\t')];
}

function errorLine({ result, trace }: Report, nowMs: number): string[] {
  if (result.status === 'ok') return [];
  const { errorType, errorMessage, requestId } = result;
  const error = JSON.stringify({ errorType, errorMessage, stack: trace?.split('\n') });
  return [`${new Date(nowMs).toISOString()}\t${requestId}\tERROR\tInvoke Error\t${error}`];
}
