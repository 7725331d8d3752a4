/** A real jq (WebAssembly) for many small inputs. */
import { setImmediate } from 'node:timers/promises';
import createModule from 'jq-wasm/dist/build/jq.js';
import { z } from 'zod';
import { createInTurn } from '../base/in-turn.ts';
import { SetupError } from '../base/setup-error.ts';

/** Result of a query for one input: its outputs, or jq's own message. */
export type JqResult = { outputs: unknown[] } | { error: string };

interface JqModule {
  raw(input: string, filter: string, flags: string[]): Promise<string>;
}

const result = z.union([z.object({ outputs: z.array(z.unknown()) }), z.object({ error: z.string() })]);

/**
 * Every call costs milliseconds, so one call takes several inputs; but not many, because jq-wasm copies the whole input
 * for every byte that it reads, and the whole output for every byte that it writes: 4 KB take it 10 ms, 1 MB minutes. So
 * a longer input is an error of its own.
 */
const INPUTS_PER_CALL = 64;
const BYTES_PER_CALL = 4096;
/** Every call leaves its arguments on the module's 64 KB stack, so a module is replaced after this much. */
const STACK_BUDGET_BYTES = 32 * 1024;
/** For the wrapper around the query, the flags and jq's own frames. */
const STACK_PER_CALL_BYTES = 256;

export interface Jq {
  /** Runs the query on each input, a JSON text; the results are in the same order. */
  run(inputs: readonly string[]): Promise<JqResult[]>;
}

/** @throws SetupError with jq's message when the query does not compile */
export async function compileJq(query: string): Promise<Jq> {
  // Each input yields exactly one line, whatever the query does. The newline ends a comment in the query.
  const filter = `. as $input | try {outputs: [$input | (${query}\n)]} catch {error: (if type == "string" then . else tojson end)}`;
  let module: Promise<JqModule> | undefined;
  let stackLeft = 0;
  // One run at a time: jq-wasm keeps the input and output of a call in module variables.
  const inTurn = createInTurn();

  function call(input: string, program: string): Promise<string> {
    const bytes = Buffer.byteLength(program) + STACK_PER_CALL_BYTES;
    if (stackLeft < bytes) {
      module = createModule() as Promise<JqModule>;
      stackLeft = Math.max(STACK_BUDGET_BYTES, bytes);
    }
    stackLeft -= bytes;
    return (module as Promise<JqModule>).then((jq) => jq.raw(input, program, ['-c']));
  }

  async function runGroup(inputs: readonly string[]): Promise<JqResult[]> {
    const [first = ''] = inputs;
    if (isTooLong(first)) return [{ error: TOO_LONG }];
    // jq blocks for some milliseconds: other work runs between two calls.
    await setImmediate();
    let lines: string[];
    try {
      const output = await call(inputs.join('\n'), filter);
      lines = output === '' ? [] : output.split('\n');
    } catch (error) {
      stackLeft = 0;
      if (inputs.length === 1) return [{ error: firstLine(error) }];
      lines = [];
    }
    if (lines.length === inputs.length) return lines.map((line) => result.parse(JSON.parse(line)));
    if (inputs.length === 1) return [{ error: 'jq gave no result' }];
    // jq gave up on one of them (`halt`, nesting too deep): only that one fails.
    const half = inputs.length >> 1;
    return [...(await runGroup(inputs.slice(0, half))), ...(await runGroup(inputs.slice(half)))];
  }

  async function run(inputs: readonly string[]): Promise<JqResult[]> {
    const results: JqResult[] = [];
    for (const group of groups(inputs)) results.push(...(await runGroup(group)));
    return results;
  }

  try {
    await call('null', `try (${query}\n) catch .`);
  } catch (cause) {
    throw new SetupError(`The partition query is not valid jq: ${firstLine(cause)}\n${query}`, { cause });
  }
  return { run: (inputs) => inTurn(() => run(inputs)) };
}

function* groups(inputs: readonly string[]): Generator<string[]> {
  let group: string[] = [];
  let bytes = 0;
  for (const input of inputs) {
    if (group.length > 0 && (group.length >= INPUTS_PER_CALL || bytes + input.length > BYTES_PER_CALL)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(input);
    bytes += input.length;
  }
  if (group.length > 0) yield group;
}

const isTooLong = (input: string) =>
  input.length > BYTES_PER_CALL || Buffer.byteLength(input) > BYTES_PER_CALL;
const TOO_LONG = `NOT_SUPPORTED_LOCALLY: what the partition query reads of a line is longer than ${BYTES_PER_CALL} bytes`;

const firstLine = (error: unknown) => String((error as Error).message).split('\n')[0] ?? '';
