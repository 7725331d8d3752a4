/** What a function finds where it runs, and what becomes of it between invocations and in the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { IDLE_MS } from '../../../../infra/emulator/lambda/environment-pool.ts';
import { nodeFor } from '../../../../infra/emulator/lambda/node-choice.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { functionsOfThisFile } from '../support/functions.ts';

const { deploy, folder } = functionsOfThisFile();
const onLinux = it.runIf(process.platform === 'linux');
/** As in `ps`: T is stopped. Undefined for a process that has ended, also where nobody has asked how yet. */
function stateOf(pid: number): string | undefined {
  try {
    return /\) ([^\sZX])/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}
const until = (condition: () => boolean) => vi.waitUntil(condition, { interval: 5, timeout: 20_000 });

describe('a function finds', () => {
  it('the variables that Lambda sets, those of the template, and none of this process', async () => {
    vi.stubEnv('SECRET_OF_THE_PARENT', 'x');
    const { call, codeDir } = await deploy('export const handler = async () => process.env;', {
      MemorySize: 256,
      Environment: { Variables: { TABLE: 'state', NODE_OPTIONS: '--enable-source-maps' } },
    });
    const { NODE_PATH, TMPDIR, HOME, _X_AMZN_TRACE_ID, ...env } = await call();
    vi.unstubAllEnvs();
    expect(_X_AMZN_TRACE_ID).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Sampled=0$/);
    expect(NODE_PATH).toContain('node_modules');
    expect(TMPDIR).toContain(folder());
    // The profile of who runs this, with endpoints and modes for an account, is not the function's.
    expect(HOME).toBe(TMPDIR);
    const { isDeployed } = nodeFor('nodejs24.x', []);
    expect(env).toEqual({
      TABLE: 'state',
      NODE_OPTIONS: '--enable-source-maps',
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
      LANG: 'en_US.UTF-8',
      TZ: ':UTC',
      _HANDLER: 'index.handler',
      LAMBDA_TASK_ROOT: codeDir,
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'probe',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/probe',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/),
      ...(isDeployed ? {} : { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' }),
    });
  });

  it('its own time zone unless the template names one, and none of its variables where Lambda has its own', async () => {
    vi.stubEnv('TZ', 'Asia/Tokyo');
    const source = 'export const handler = async () => new Date(0).getTimezoneOffset();';
    const plain = await deploy(source);
    const zoned = await deploy(source, { Environment: { Variables: { TZ: 'America/Lima' } } });
    expect([await plain.call(), await zoned.call()]).toEqual([0, 300]);
    vi.unstubAllEnvs();
    await expect(deploy(source, { Environment: { Variables: { AWS_REGION: 'x', A: '1' } } })).rejects.toThrow(
      'Lambda refuses reserved keys: AWS_REGION',
    );
  });

  it('the arguments of the bootstrap of Lambda, and its code as the working directory', async () => {
    process.execArgv.push('--no-warnings');
    const { call, codeDir } = await deploy(
      'export const handler = async () => [process.cwd(), ...process.execArgv];',
      { MemorySize: 1000 },
    );
    const answer = call();
    process.execArgv.pop();
    expect(await answer).toEqual([
      ...[codeDir, '--expose-gc', '--max-http-header-size=81920'],
      ...['--max-semi-space-size=50', '--max-old-space-size=900'],
    ]);
  });

  it('the Node.js of its runtime where that is installed, else that of this process', async () => {
    const version = `${Number(process.versions.node.split('.')[0]) + 1}.2.3`;
    const other = { path: '/other/node', version };
    const [own, next] = [process.version, `v${version}`].map((text) => `nodejs${text.slice(1, 3)}.x`);
    expect(nodeFor(own ?? '', [other])).toMatchObject({ path: process.execPath, isDeployed: true });
    expect(nodeFor(next ?? '', [other])).toEqual({ ...other, isDeployed: true });
    expect(nodeFor('nodejs99.x', [other])).toMatchObject({ path: process.execPath, isDeployed: false });

    const { fn, log } = await deploy('', { Runtime: next }, { nodes: [other] });
    expect(await fn.invoke('{}')).toMatchObject({
      status: 'crashed',
      errorMessage: 'The runtime could not be started: spawn /other/node ENOENT',
    });
    expect(await log()).toContain(`INIT_START Runtime Version: ${next} (here Node.js ${version})`);
  });

  it('a folder of its own for temporary files, which ends with it', async () => {
    const warn = vi.fn();
    const { call, fn } = await deploy(
      `import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
       import { tmpdir } from 'node:os';
       export const handler = async ({ megabytes }) => {
         mkdirSync(tmpdir() + '/a', { recursive: true });
         writeFileSync(tmpdir() + '/a/b', '');
         truncateSync(tmpdir() + '/a/b', megabytes * 2 ** 20);
         return tmpdir(); };`,
      { EphemeralStorage: { Size: 600 } },
      { warn },
    );
    const tmp = await call({ megabytes: 600 });
    expect([existsSync(join(tmp, 'a/b')), warn.mock.calls]).toEqual([true, []]);
    await call({ megabytes: 601 });
    await call({ megabytes: 602 });
    expect(warn.mock.calls).toEqual([
      ['probe: 601 MB in /tmp, which has 600 MB on AWS (EphemeralStorage): ENOSPC there'],
    ]);
    await fn.stop();
    expect(existsSync(tmp)).toBe(false);
  });
});

describe('memory', () => {
  it('is that of the whole process, and its most is in the report', async () => {
    const { call, log } = await deploy(
      'export const handler = async ({ mb }) => { Buffer.alloc(mb * 2 ** 20, 1); globalThis.gc(); };',
      { MemorySize: 512 },
    );
    await call({ mb: 200 });
    await call({ mb: 0 });
    const reports = (await log()).matchAll(/Memory Size: 512 MB\tMax Memory Used: (\d+) MB/g);
    const [first = 0, second = 0] = [...reports].map(([, mb]) => Number(mb));
    expect(first).toBeGreaterThan(230);
    expect(first).toBeLessThan(400);
    expect(second).toBeGreaterThanOrEqual(first);
  });

  it('beyond the limit ends the process, also outside of the heap', async () => {
    const { fn, log } = await deploy(
      `const kept = []; export const handler = async ({ hold }) => {
         kept.push(Buffer.alloc(100 * 2 ** 20, 1)); if (hold) await new Promise(() => {}); };`,
      { Timeout: 60 },
    );
    for (const event of ['{"hold":true}', '{}']) {
      expect(await fn.invoke(event)).toMatchObject({
        status: 'out-of-memory',
        errorType: 'Runtime.OutOfMemory',
        errorMessage: 'Runtime exited with error: signal: killed',
      });
    }
    expect(await log()).toMatch(/Memory Size: 128 MB\tMax Memory Used: 128 MB\t.*Status: out-of-memory/);
  });
});

describe('between invocations', () => {
  onLinux('nothing progresses; timers go on with the next one', async () => {
    const { call } = await deploy(
      `let ticks = 0; setInterval(() => { ticks += 1; }, 1);
       export const handler = async ({ more }) => {
         const before = ticks;
         while (ticks < before + more) await new Promise(setImmediate);
         return { pid: process.pid, before, ticks }; };`,
    );
    const first = await call({ more: 3 });
    await until(() => stateOf(first.pid) === 'T');
    // Stopped, a process has no turn in which it could count.
    const used = cpuTicksOf(first.pid);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect([stateOf(first.pid), cpuTicksOf(first.pid)]).toEqual(['T', used]);
    const second = await call({ more: 3 });
    expect(second.pid).toBe(first.pid);
    expect(second.ticks).toBeGreaterThanOrEqual(first.ticks + 3);
  });

  onLinux('what it has started is stopped too, and ends with it', async () => {
    const lines: string[] = [];
    const { call, fn } = await deploy(
      `import { spawn } from 'node:child_process';
       export const handler = async () => {
         const script = 'echo started; echo ready >&2; exec sleep 1000';
         const child = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'inherit', 'pipe'] });
         await new Promise((resolve) => child.stderr.once('data', resolve));
         return child.pid; };`,
      {},
      { onLog: (line) => lines.push(line) },
    );
    const pid = await call();
    await until(() => stateOf(pid) === 'T' && lines.includes('started'));
    await fn.stop();
    await until(() => stateOf(pid) === undefined);
  });

  it('an environment that nobody needs ends after some minutes', async () => {
    const clock = new VirtualClock();
    const { call } = await deploy('let n = 0; export const handler = async () => ++n;', {}, { clock });
    expect([await call(), await call()]).toEqual([1, 2]);
    await clock.advance(IDLE_MS - 1);
    expect(await call()).toBe(3);
    await clock.advance(IDLE_MS - 1);
    expect(await call()).toBe(4);
    await clock.advance(IDLE_MS);
    expect(await call()).toBe(1);
  });
});

describe('when this process is killed', () => {
  onLinux('no function stays behind, neither frozen nor at work', async () => {
    const { codeDir } = await deploy('');
    await writeFile(
      join(codeDir, 'index.mjs'),
      `export const handler = async ({ spin }) => { if (spin) { console.log('pid', process.pid); for (;;); } return process.pid; };`,
    );
    const program = join(import.meta.dirname, '../support/holds-functions.ts');
    const holder = spawn(process.execPath, ['--import', 'tsx', program, codeDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [output] = await once(holder.stdout.setEncoding('utf8'), 'data');
    const pids: number[] = JSON.parse(output);
    await until(() => pids.map(stateOf).join('') === 'TR');
    holder.kill('SIGKILL');
    await until(() => pids.every((pid) => stateOf(pid) === undefined));
  });
});

/** Processor time that a process has used, in ticks of the kernel. */
function cpuTicksOf(pid: number): number {
  const [, user, system] =
    /\) (?:\S+ ){11}(\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
  return Number(user) + Number(system);
}
