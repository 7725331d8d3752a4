/** Every program of package.json in the one frame: help, misuse, a reader that leaves, a machine without credentials. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Io } from '../../../infra/cli/program.ts';
import { runBacktest } from '../../../infra/commands/backtest/backtest.ts';
import { runChannel } from '../../../infra/commands/channel/channel.ts';
import { runCheckReading } from '../../../infra/commands/check-reading/check-reading.ts';
import { runCompact } from '../../../infra/commands/compact.ts';
import { runCost } from '../../../infra/commands/cost/cost.ts';
import { runDeploy } from '../../../infra/commands/deploy/deploy.ts';
import { runDestroy } from '../../../infra/commands/deploy/destroy.ts';
import { runEnroll } from '../../../infra/commands/enroll/enroll.ts';
import { runForgetDevice } from '../../../infra/commands/forget-device.ts';
import { runImport } from '../../../infra/commands/import/import.ts';
import { runIncidents } from '../../../infra/commands/incidents/incidents.ts';
import { runQuery } from '../../../infra/commands/query/query.ts';
import { runRedrive } from '../../../infra/commands/redrive/redrive.ts';
import { runResetModel } from '../../../infra/commands/reset-model.ts';
import { runScale } from '../../../infra/commands/scale/scale.ts';
import { runScore } from '../../../infra/commands/score/score.ts';
import { runSilence } from '../../../infra/commands/silence/silence.ts';
import { runSubscribe } from '../../../infra/commands/subscribe/subscribe.ts';
import { runStart } from '../../../infra/local/session/main.ts';
import { runPage } from '../../../infra/local/stack-page/page.ts';
import { runBundle } from '../../../services/gateway/bundle/bundle.ts';
import { runGateway } from '../../../services/gateway/main.ts';
import { runSimulate } from '../../../simulator/cli/cli.ts';
import { runBench } from '../../bench/run.ts';
import { runFigures } from '../../docs/figures/run.ts';
import { runRecording } from '../../page/recording/recording.ts';
import { runScreenshot } from '../../page/screenshot.ts';
import { runProve } from '../../prove/run.ts';
import { localOutputs } from '../../simulator/support/kinesis.ts';
import { listen } from '../commands/support/listen.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** Tools of others. */
const NOT_OURS = ['check', 'test', 'sbom', 'lambda-node'];

const never = new AbortController().signal;
const now = () => Date.now();
const unused = () => {
  throw new Error('Not to be reached');
};

const NO_SECRET = { variable: undefined, isTerminal: false, readAll: unused, ask: unused };

const PROGRAMS: Record<string, (argv: string[], io: Io) => Promise<number>> = {
  start: runStart,
  page: (argv, io) => runPage(argv, io, never),
  simulate: runSimulate,
  score: (argv, io) => runScore(argv, io, never),
  'bundle-gateway': runBundle,
  enroll: runEnroll,
  gateway: (argv, io) => runGateway(argv, io, never),
  subscribe: runSubscribe,
  incidents: (argv, io) =>
    runIncidents(argv, { ...io, width: 80, isTerminal: false, user: () => 'anna', now }, never),
  channel: (argv, io) => runChannel(argv, { ...io, secret: NO_SECRET }),
  query: (argv, io) => runQuery(argv, { ...io, width: 80 }, never),
  'check-reading': (argv, io) => runCheckReading(argv, { ...io, now, stdin: unused }),
  import: (argv, io) => runImport(argv, { ...io, now }, never),
  compact: (argv, io) => runCompact(argv, { ...io, now }, never),
  backtest: (argv, io) => runBacktest(argv, { ...io, now }, never),
  redrive: (argv, io) => runRedrive(argv, { ...io, stop: never }),
  'reset-model': runResetModel,
  silence: runSilence,
  'forget-device': runForgetDevice,
  cost: (argv, io) => runCost(argv, { ...io, synthesize: unused, actual: unused }),
  scale: (argv, io) => runScale(argv, { ...io, synthesize: unused }),
  deploy: (argv, io) =>
    runDeploy(argv, {
      ...io,
      ask: undefined,
      wait: unused,
      now,
      project: {},
      environment: unused,
      nodeVersion: '24.0.0',
      cdk: unused,
      outputs: unused,
      athena: unused,
    }),
  destroy: (argv, io) =>
    runDestroy(argv, {
      ...io,
      cdk: unused,
      hasSettings: unused,
      enrolledSites: unused,
      channelParameters: unused,
      forgetOutputs: unused,
    }),
  prove: runProve,
  screenshot: runScreenshot,
  recording: runRecording,
  bench: runBench,
  figures: runFigures,
};

/** Commander misses these first. */
const REQUIRED: Record<string, string[]> = {
  'forget-device': ['--site', 's', '--device', 'd'],
  score: ['--truth', 'x'],
  cost: ['--devices', '1', '--interval', '5'],
  enroll: ['--list'],
  gateway: ['--keys', 'x'],
  channel: ['list'],
  'reset-model': ['--site', 'x'],
  silence: ['list'],
};

async function run(name: string, ...argv: string[]) {
  const { said, io } = listen();
  const code = await PROGRAMS[name]?.(argv, io);
  return { code, ...said };
}

describe('every program', () => {
  it('of package.json is known here, and is run by the frame', () => {
    const ours = Object.keys(scripts).filter((name) => !NOT_OURS.includes(name));
    expect(Object.keys(PROGRAMS).sort()).toEqual(ours.sort());
    for (const name of ours) {
      const file = scripts[name]?.split(' ').at(-1) ?? '';
      expect(readFileSync(join(ROOT, file), 'utf8'), name).toContain('await runAsProgram(import.meta.url');
    }
  });

  describe.each(Object.keys(PROGRAMS))('npm run %s', (name) => {
    it.each(['--help', '-h'])('has %s, in 80 columns', async (flag) => {
      const { stdout = '' } = await run(name, flag);
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
      expect(await run(name, flag)).toEqual({
        code: 0,
        stdout: expect.stringMatching(/^Usage: .*\n[\s\S]*-h, --help/),
        stderr: '',
      });
    });

    it('exits with 2 when it is misused', async () => {
      expect(await run(name, ...(REQUIRED[name] ?? []), '--no-such-option')).toEqual({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining("error: unknown option '--no-such-option'"),
      });
    });
  });

  it.each([
    ['bench', ['detectr'], 'error: Expected benchmarks of detector, '],
    ['prove', ['--only', 'sns-dwn'], 'Expected one of '],
    ['silence', [], 'Expected one of add, list, end, got nothing'],
    ['channel', [], 'Expected one of add, list, test, remove, redrive, got nothing'],
    ['start', ['--port', '70000'], 'Expected a whole number from 0 to 65535, got "70000".'],
    ['start', ['--anomaly-rate', '1'], 'Expected a share from 0 to 0.95, such as 0.02 for 2 %, got "1".'],
    ['start', ['--fault', 'sns'], 'Expected '],
  ])('%s %j is a misuse, with what was expected', async (name, argv, message) => {
    expect(await run(name, ...argv)).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(message),
    });
  });
});

describe('options that npm took for itself', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['query', ['fleet-now'], 'local', 'true', '--local'],
    ['start', [], 'port', '5000', '--port'],
    ['start', [], 'simulator', '', '--no-simulator'],
  ])(
    'npm run %s %j: %s is a misuse that says where -- belongs',
    async (name, argv, config, value, option) => {
      vi.stubEnv('npm_lifecycle_event', name);
      vi.stubEnv(`npm_config_${config}`, value);
      const { code, stderr } = await run(name, ...argv);
      expect(code).toBe(2);
      expect(stderr).toContain(
        `npm took ${option} for an option of its own. Write -- before the options: npm `,
      );
    },
  );

  it.each(['', 'false'])('are not those that a .npmrc switches off: yes=%j', async (value) => {
    vi.stubEnv('npm_lifecycle_event', 'deploy');
    vi.stubEnv('npm_config_yes', value);
    expect((await run('deploy', '--env', 'nowhere')).stderr).not.toContain('npm took');
  });

  it('do not concern a program that npm did not start', async () => {
    vi.stubEnv('npm_lifecycle_event', 'npx');
    vi.stubEnv('npm_config_local', 'true');
    expect((await run('query', 'fleet-now')).stderr).not.toContain('npm took');
  });
});

/** Runs a shell command with the programs' loader at hand. */
async function shell(command: string, cwd: string, env: NodeJS.ProcessEnv = process.env) {
  const child = spawn('bash', ['-c', command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    said.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said.stderr += chunk;
  });
  await once(child, 'close');
  return said;
}

it.runIf(existsSync('/dev/full'))('says that stdout is on a full disk, and could not', async () => {
  const said = await shell('node --import tsx infra/commands/cost/cost.ts --help > /dev/full; echo $?', ROOT);
  expect(said.stdout).toBe('1\n');
  expect(said.stderr).toMatch(/^Cannot write to stdout: ENOSPC/);
});

it.runIf(existsSync('/dev/full'))('goes on where only its messages are on a full disk', async () => {
  const said = await shell(
    'node --import tsx infra/commands/cost/cost.ts --nonsense 2> /dev/full; echo $?',
    ROOT,
  );
  expect(said).toEqual({ stdout: '2\n', stderr: '' });
});

it('ends quietly when its reader has gone', async () => {
  const said = await shell(`${scripts.bench} --help | true; echo "\${PIPESTATUS[0]}"`, ROOT);
  expect(said).toEqual({ stdout: '0\n', stderr: '' });
});

describe('on a machine without AWS credentials', () => {
  const folder = mkdtempSync(join(tmpdir(), 'programs-'));
  const truth = join(folder, 'truth.ndjson');
  const home = process.cwd();
  const NO_CREDENTIALS = {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_PROFILE: undefined,
    AWS_CONFIG_FILE: join(folder, 'none'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'none'),
  };
  const SENTENCE = 'No AWS credentials found. Sign in (aws configure, aws sso login) or set AWS_PROFILE.';

  beforeAll(() => {
    const { Endpoint: _, ...outputs } = localOutputs(0);
    const channels = { ChannelsPath: '/x', NotifierFunctionName: 'x', ChannelFailuresUrl: 'https://sqs/x' };
    const onAws = { ...outputs, ...channels, MaintenanceWorkGroupName: 'maintenance' };
    writeFileSync(join(folder, 'cdk-outputs.json'), JSON.stringify({ Streamwatch: onAws }));
    const times = { start: '2026-01-05T12:00:00.000Z', end: '2026-01-05T13:00:00.000Z' };
    const line = { type: 'run', seed: 1, devices: 1, interval_ms: 1000, anomaly_rate: 0, ...times };
    writeFileSync(truth, JSON.stringify(line));
  });
  afterEach(() => {
    process.chdir(home);
    vi.unstubAllEnvs();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['query'],
    ['compact'],
    ['redrive'],
    ['forget-device', '--site', 's', '--device', 'd'],
    ['backtest'],
    ['deploy'],
    ['destroy'],
    ['score', '--truth', truth],
    ['subscribe', 'you@example.com'],
    ['channel', 'list'],
    ['incidents'],
    ['incidents', 'show', 'abcd'],
  ])('%s says so in a sentence', async (name, ...argv) => {
    for (const [key, value] of Object.entries(NO_CREDENTIALS)) vi.stubEnv(key, value);
    process.chdir(folder);
    expect(await run(name, ...argv)).toEqual({ code: 1, stdout: '', stderr: `${SENTENCE}\n` });
  });

  it('simulate says so as well, as the reason why it stopped', async () => {
    const loader = fileURLToPath(import.meta.resolve('tsx'));
    const program = join(ROOT, 'simulator/cli/cli.ts');
    const env = { ...process.env, ...NO_CREDENTIALS };
    const said = await shell(`node --import ${loader} ${program} --count 1; echo $?`, folder, env);
    expect(said.stdout).toBe('1\n');
    expect(said.stderr.replace(/\s+/g, ' ')).toContain(`Stopped: ${SENTENCE}`);
  });
});
