import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openLogFile } from '../../../../infra/emulator/lambda/log-file.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { ARN, functionsOfThisFile } from '../support/functions.ts';

const { deploy, folder } = functionsOfThisFile();

/** Counts its invocations, so that a cold start can be seen. */
const COUNTER = 'let n = 0; export const handler = async (event) => { n += 1; return { n, event }; };';

describe('an invocation', () => {
  it('returns what the handler returns, and keeps the environment warm', async () => {
    const { fn } = await deploy(COUNTER);
    expect(await fn.invoke('{"a":"ä"}')).toMatchObject({
      status: 'ok',
      payload: '{"n":1,"event":{"a":"ä"}}',
    });
    expect(await fn.invoke('[]')).toMatchObject({ status: 'ok', payload: '{"n":2,"event":[]}' });
  });

  it('returns null for a handler that returns nothing', async () => {
    const { fn } = await deploy('export const handler = async () => {};');
    expect(await fn.invoke('{}')).toMatchObject({ status: 'ok', payload: 'null' });
  });

  it('has a context with the time that is left', async () => {
    const { fn } = await deploy(
      'export const handler = async (_, c) => ({ ...c, left: c.getRemainingTimeInMillis() });',
      { Timeout: 7 },
    );
    const result = await fn.invoke('{}');
    const context = JSON.parse(result.status === 'ok' ? result.payload : '{}');
    expect(context).toMatchObject({
      awsRequestId: result.requestId,
      functionName: 'probe',
      invokedFunctionArn: ARN,
      memoryLimitInMB: '128',
    });
    expect(context.left).toBeGreaterThan(5000);
    expect(context.left).toBeLessThanOrEqual(7000);
  });

  it('runs in parallel with others up to the reserved concurrency; the rest wait', async () => {
    const source =
      'export const handler = () => new Promise((done) => setTimeout(() => done(process.pid), 50));';
    const { fn } = await deploy(source, { ReservedConcurrentExecutions: 2 });
    const pids: string[] = [];
    for (const _ of ['first round', 'second round']) {
      const results = await Promise.all(Array.from({ length: 5 }, () => fn.invoke('{}')));
      pids.push(...results.map((result) => (result.status === 'ok' ? result.payload : result.errorType)));
    }
    expect(new Set(pids).size).toBe(2);
  });
});

describe('a failure', () => {
  it('in the handler is an answer, and the environment stays', async () => {
    const { fn, log } = await deploy(
      'let n = 0; export const handler = async () => { n += 1; if (n === 1) throw new TypeError("no"); return n; };',
    );
    expect(await fn.invoke('{}')).toMatchObject({
      status: 'error',
      errorType: 'TypeError',
      errorMessage: 'no',
    });
    expect(await fn.invoke('{}')).toMatchObject({ status: 'ok', payload: '2' });
    expect(await log()).toMatch(/Invoke Error\t.*"errorType":"TypeError".*"stack":\["TypeError: no",/);
  });

  it.each([
    ['1.00', 1, 0],
    ['900.00', 900, -3_600_000],
    ['900.00', 900, 3_600_000],
  ])('to answer in %s seconds ends the environment, even one that spins', async (text, Timeout, step) => {
    const clock = new VirtualClock();
    const onLog = vi.fn();
    const { fn } = await deploy(
      `let n = 0;
       export const handler = async (e) => { n += 1; if (e.spin) { console.log('round'); for (;;); } return n; };`,
      { Timeout },
      { clock, onLog },
    );
    expect(await fn.invoke('{}')).toMatchObject({ payload: '1' });
    const spinning = fn.invoke('{"spin":true}');
    await vi.waitUntil(() => onLog.mock.calls.length > 0, { interval: 5 });
    await clock.advance(Timeout * 1000 - 1);
    clock.stepWall(step);
    expect(await Promise.race([spinning, 'still running'])).toBe('still running');
    await clock.advance(1);
    expect(await spinning).toMatchObject({
      status: 'timeout',
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringMatching(
        new RegExp(`^\\S+Z \\S+ Task timed out after ${text.replace('.', '\\.')} seconds$`),
      ),
      durationMs: Timeout * 1000,
    });
    expect(await fn.invoke('{}')).toMatchObject({ status: 'ok', payload: '1' });
  });

  it('to load within ten seconds is told as the one of the next invocation', async () => {
    const clock = new VirtualClock();
    const { fn } = await deploy('await new Promise((r) => setTimeout(r, 1e9)); export {};', {}, { clock });
    const waiting = fn.invoke('{}');
    await clock.advance(9_999);
    expect(await Promise.race([waiting, 'still loading'])).toBe('still loading');
    await clock.advance(1);
    expect(await waiting).toMatchObject({
      status: 'timeout',
      errorMessage: 'INIT_REPORT Init Duration: 10000 ms Phase: init Status: timeout',
    });
  });

  it.each([
    ['process.exit', 'process.exit(3)', { errorType: 'Runtime.ExitError', errorMessage: /exit status 3/ }],
    [
      'an uncaught exception',
      'setImmediate(() => { throw new RangeError("loose") }); await new Promise(() => {})',
      { errorType: 'RangeError', errorMessage: /loose/ },
    ],
    [
      'an unhandled rejection',
      'Promise.reject(new Error("nobody")); await new Promise((r) => setTimeout(r, 900))',
      { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: /^Error: nobody$/ },
    ],
  ])('by %s is contained, and the next start is cold', async (_, code, { errorType, errorMessage }) => {
    const { fn } = await deploy(
      `let n = 0; export const handler = async (e) => { n += 1; if (e.bad) { ${code} } return n; };`,
    );
    await fn.invoke('{}');
    expect(await fn.invoke('{"bad":true}')).toMatchObject({
      status: 'crashed',
      errorType,
      errorMessage: expect.stringMatching(errorMessage),
    });
    expect(await fn.invoke('{}')).toMatchObject({ status: 'ok', payload: '1' });
  });

  it('by running out of memory is contained', async () => {
    const { fn } = await deploy(
      `export const handler = async (e) => {
        const all = []; while (e.bad) all.push(new Array(1e5).fill(all.length)); return 1; };`,
      { Timeout: 20 },
    );
    expect(await fn.invoke('{"bad":true}')).toMatchObject({
      status: 'out-of-memory',
      errorType: 'Runtime.OutOfMemory',
    });
    expect(await fn.invoke('{}')).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['Runtime.UserCodeSyntaxError', 'export const handler = ('],
    ['Runtime.HandlerNotFound', 'export const other = 1;'],
    ['Runtime.ImportModuleError', "import 'not-there'; export const handler = async () => 1;"],
    ['Runtime.CallbackHandlerDeprecated', 'export const handler = (event, context, callback) => callback();'],
    ['EvalError', 'throw new EvalError("at import"); export const handler = 1;'],
    ['Function.ResponseSizeTooLarge', 'export const handler = async () => "x".repeat(7e6);'],
  ])('to load or to answer is reported as %s', async (errorType, source) => {
    const { fn } = await deploy(source);
    expect(await fn.invoke('{}')).toMatchObject({ status: 'error', errorType });
  });

  it('from outside, in the middle of an invocation, is a crash', async () => {
    const onLog = vi.fn();
    const { fn } = await deploy(
      'export const handler = async (e) => { if (e.hang) { console.log("in"); await new Promise(() => {}); } return 1; };',
      {},
      { onLog },
    );
    const hanging = fn.invoke('{"hang":true}');
    await vi.waitUntil(() => onLog.mock.calls.length > 0, { interval: 5 });
    await fn.kill();
    expect(await hanging).toMatchObject({
      status: 'crashed',
      errorMessage: expect.stringContaining('signal: killed'),
    });
    expect(await fn.invoke('{}')).toMatchObject({ status: 'ok' });
  });

  it.each([
    ['timeout', 'Sandbox.Timedout'],
    ['out-of-memory', 'Runtime.OutOfMemory'],
    ['crashed', 'Runtime.ExitError'],
  ] as const)('from outside is reported as the requested error: %s', async (how, errorType) => {
    const { fn } = await deploy(
      COUNTER.replace('n += 1;', 'n += 1; if (event.hang) await new Promise(() => {});'),
    );
    await fn.invoke('{}');
    const ended = fn.invoke('{"hang":true}');
    await fn.kill(how);
    expect(await ended).toMatchObject({ status: how, errorType });
    expect(await fn.invoke('{}')).toMatchObject({ payload: expect.stringContaining('"n":1') });
  });
});

describe('the log', () => {
  it('has START, the lines of the function in order, END and REPORT', async () => {
    const lines: string[] = [];
    const { fn, log } = await deploy(
      `export const handler = async () => {
        console.log('one', { a: 1 }); process.stdout.write('{"raw":'); process.stdout.write('true}\\n');
        console.error('two'); process.exit(1); };`,
      {},
      { onLog: (line) => lines.push(line) },
    );
    const { requestId } = await fn.invoke('{}');
    expect(lines.map((line) => line.replace(/^\S+Z\t/, ''))).toEqual([
      `${requestId}\tINFO\tone { a: 1 }`,
      '{"raw":true}',
      `${requestId}\tERROR\ttwo`,
    ]);
    const written = (await log()).split('\n');
    expect(written.map((line) => line.split(/[ \t]/)[0]?.replace(/^2.*Z$/, 'time'))).toEqual([
      'INIT_START',
      'START',
      'time',
      '{"raw":true}',
      'time',
      'time',
      'END',
      'REPORT',
      '',
    ]);
    expect(written.at(-2)).toMatch(/Memory Size: 128 MB\t.*Init Duration: \d+\.\d\d ms\tStatus: crashed$/);
  });

  it('keeps one older generation and does not grow further', async () => {
    const file = join(folder(), 'rotating.log');
    const log = openLogFile(file, 100);
    for (let i = 0; i < 10; i += 1) {
      log.line(`${i} ${'x'.repeat(40)}`);
      log.flush();
    }
    expect((await readFile(file, 'utf8')).split('\n').map((line) => line[0])).toEqual(['8', '9', undefined]);
    expect((await readFile(`${file}.1`, 'utf8')).split('\n').map((line) => line[0])).toEqual([
      '6',
      '7',
      undefined,
    ]);
  });
});

it('refuses what it cannot run, by the name of the property', async () => {
  await expect(deploy(COUNTER, { Runtime: 'python3.13' })).rejects.toThrow(/Node\.js/);
  await expect(deploy(COUNTER, { MemorySize: 64 })).rejects.toThrow(/MemorySize/);
});
