/** A site's gateway in its own process: the bundle, on a bare Node, as a site runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleGateway, NODE_FLAGS } from '../../../services/gateway/bundle/bundle.ts';
import type { Status } from '../../../services/gateway/status.ts';
import { freePort } from '../free-port.ts';

const ASK_EVERY_MS = 50;

export class GatewayProcess {
  readonly #flags: string[];
  readonly #bundle: string;
  readonly url: string;
  /** What it said, of all its lives. */
  readonly said: string[] = [];
  #child: ChildProcess | undefined;

  private constructor(bundle: string, port: number, flags: string[]) {
    this.#bundle = bundle;
    this.#flags = [...flags, '--listen', `127.0.0.1:${port}`];
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param folder a place for the bundle and the spool */
  static async start(folder: string, keys: string, flags: string[] = []): Promise<GatewayProcess> {
    const bundle = join(folder, 'gateway.mjs');
    await bundleGateway(bundle);
    const port = await freePort();
    const gateway = new GatewayProcess(bundle, port, [
      '--keys',
      keys,
      '--spool',
      join(folder, 'spool'),
      ...flags,
    ]);
    await gateway.start();
    return gateway;
  }

  async start(...more: string[]): Promise<void> {
    const child = spawn(process.execPath, [...NODE_FLAGS, this.#bundle, ...this.#flags, ...more], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data: Buffer) => this.said.push(...data.toString().trimEnd().split('\n')));
    }
    while ((await this.status()) === undefined) {
      if (child.exitCode !== null)
        throw new Error(`The gateway did not start: ${this.said.slice(-3).join(' ')}`);
      await sleep(ASK_EVERY_MS);
    }
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  /** HTTP status; undefined when nobody answers. */
  async post(lines: readonly string[]): Promise<number | undefined> {
    try {
      const init = { method: 'POST', body: lines.join('\n') };
      return (await fetch(`${this.url}/readings`, init)).status;
    } catch {
      return undefined;
    }
  }

  async status(): Promise<Status | undefined> {
    try {
      return (await (await fetch(`${this.url}/status`)).json()) as Status;
    } catch {
      return undefined;
    }
  }

  /** The most memory that it has had, in MB; undefined where the system does not tell. */
  peakMemoryMb(): number | undefined {
    try {
      const text = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(text)?.[1]) / 1024;
    } catch {
      return undefined;
    }
  }
}
