/** A mock of AWS (moto, a Python package) on this machine, and a copy of the project whose commands see nothing else. */
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PROJECT = resolve(import.meta.dirname, '../../..');
const COPIED = [
  'infra',
  'services',
  'simulator',
  'cdk.json',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];
const PYTHON = process.env.REHEARSE_PYTHON ?? 'python3';
const STARTS_WITHIN_MS = 60_000;

/** Why the rehearsal is skipped; undefined where it is not. It takes minutes, so it has to be asked for. */
export function whySkipped(): string | undefined {
  if (!process.env.REHEARSE) return 'set REHEARSE=1';
  const { status } = spawnSync(PYTHON, ['-c', 'import moto.server']);
  return status === 0 ? undefined : `${PYTHON} has no moto[server]; REHEARSE_PYTHON names another`;
}

export interface Ran {
  exitCode: number;
  said: string;
}

export class Mock {
  readonly folder: string;
  readonly endpoint: string;
  readonly #server: ChildProcess;

  private constructor(folder: string, endpoint: string, server: ChildProcess) {
    [this.folder, this.endpoint, this.#server] = [folder, endpoint, server];
  }

  static async start(): Promise<Mock> {
    const folder = mkdtempSync(join(tmpdir(), 'streamwatch-rehearsal-'));
    for (const name of COPIED) cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
    symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
    const port = await freePort();
    const script = join(import.meta.dirname, 'serve.py');
    const server = spawn(PYTHON, ['-W', 'ignore', script, String(port)], { stdio: 'ignore' });
    // By its name: moto takes the bucket of a template from the path only there.
    const mock = new Mock(folder, `http://localhost:${port}`, server);
    await mock.#answers();
    return mock;
  }

  /** A command of the project, without a terminal. */
  run(file: string, ...args: string[]): Promise<Ran> {
    return this.#node('--import', 'tsx', file, ...args);
  }

  cdk(...args: string[]): Promise<Ran> {
    return this.#node(join(PROJECT, 'node_modules/aws-cdk/bin/cdk'), ...args);
  }

  /** A file of the copy; undefined where it is not there. */
  read(name: string): Record<string, Record<string, string>> | undefined {
    const file = join(this.folder, name);
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  }

  write(name: string, content: object): void {
    writeFileSync(join(this.folder, name), JSON.stringify(content));
  }

  close(): void {
    this.#server.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #node(...args: string[]): Promise<Ran> {
    const env = {
      ...process.env,
      ...{ AWS_ENDPOINT_URL: this.endpoint, AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' },
      ...{ AWS_REGION: 'eu-central-1', AWS_PROFILE: '', CDK_DISABLE_VERSION_CHECK: '1', NO_COLOR: '1' },
    };
    return new Promise((done) => {
      const child = execFile(process.execPath, args, { cwd: this.folder, env }, (error, stdout, stderr) =>
        done({ exitCode: error ? Number(error.code) : 0, said: `${stdout}${stderr}` }),
      );
      child.stdin?.end();
    });
  }

  async #answers(): Promise<void> {
    const end = Date.now() + STARTS_WITHIN_MS;
    while (Date.now() < end) {
      if (
        await fetch(`${this.endpoint}/moto-api/`).then(
          (answer) => answer.ok,
          () => false,
        )
      )
        return;
      await sleep(200);
    }
    throw new Error(`moto does not answer at ${this.endpoint}`);
  }
}

/** moto cannot choose one by itself and say which. */
function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
