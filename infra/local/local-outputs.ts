/** Files of a local session that the commands read, and the flags with which they find it. */
import { join, resolve } from 'node:path';
import { MEASURED_FILE, type Measured } from '../cli/measured.ts';
import { outputsFile, parseOutputs, type StackOutputs } from '../cli/outputs.ts';
import { shellWord } from '../cli/shell-word.ts';
import type { Stack } from '../emulator/stack/intrinsics.ts';
import { writeFileAtomic } from '../emulator/state/atomic-file.ts';

/** Writes the names for commands with `--local`. The file is removed at the end, so that they know of it. */
export async function writeOutputs(
  stack: Stack,
  stateDir: string,
  endpoint: string,
  apis: ReadonlyMap<string, string>,
): Promise<StackOutputs> {
  const file = outputsFile({ local: true, dir: stateDir });
  const outputs = Object.entries(stack.outputs).map(([name, value]) => [name, toLocalApi(value, apis)]);
  const local = { ...Object.fromEntries(outputs), Endpoint: endpoint };
  const text = `${JSON.stringify({ [stack.name]: local }, undefined, 2)}\n`;
  await writeFileAtomic(file, text);
  return parseOutputs(text, file);
}

/** On AWS an API has a host name of its own; here it has a port. */
function toLocalApi(value: unknown, apis: ReadonlyMap<string, string>): unknown {
  const [host = '', id = ''] = /^https:\/\/(\w+)\.execute-api\.[^/]+/.exec(String(value)) ?? [];
  const endpoint = apis.get(id);
  return endpoint === undefined ? value : `${endpoint}${String(value).slice(host.length)}`;
}

/** Writes the counts of this session for `npm run cost`. Without readings, there is nothing to learn from them. */
export async function writeMeasured(
  stateDir: string,
  startedAt: string,
  counts: {
    delivery: { received: number };
    invocations: number;
    calls: Record<string, number>;
    functionCalls: Record<string, number>;
  },
): Promise<void> {
  if (counts.delivery.received === 0) return;
  const measured: Measured = {
    started_at: startedAt,
    ended_at: new Date().toISOString(),
    readings: counts.delivery.received,
    invocations: counts.invocations,
    calls: counts.calls,
    detector_calls: counts.functionCalls,
  };
  await writeFileAtomic(join(stateDir, MEASURED_FILE), `${JSON.stringify(measured, undefined, 2)}\n`);
}

/** The flags with which a command finds the session. */
export function localFlags(stateDir: string): string {
  return resolve(stateDir) === resolve(outputsFile({ local: true }), '..')
    ? '--local'
    : `--local --dir ${shellWord(stateDir)}`;
}
