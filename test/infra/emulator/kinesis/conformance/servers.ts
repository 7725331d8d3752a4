/** The servers of the comparison: kinesalite and, where Python has it, moto. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import kinesalite from 'kinesalite';
import { LOOPBACK, listenOnLoopback } from '../../../../../infra/emulator/wire/loopback.ts';

export interface Server {
  endpoint: string;
  close(): Promise<void>;
}

/** @param path LevelDB folder; in memory without it */
export async function startKinesalite(path?: string): Promise<Server> {
  const emulator = kinesalite({
    createStreamMs: 0,
    deleteStreamMs: 0,
    updateStreamMs: 0,
    shardLimit: 1000,
    path,
  });
  const { port } = await listenOnLoopback(emulator, 0);
  return {
    endpoint: `http://${LOOPBACK}:${port}`,
    close: () => new Promise((resolve) => emulator.close(() => resolve())),
  };
}

/** @returns undefined where moto is not installed */
export async function startMoto(): Promise<Server | undefined> {
  const port = await freePort();
  const child = spawn('moto_server', ['-H', LOOPBACK, '-p', String(port)], { stdio: 'ignore' });
  const failed = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(true));
    child.once('exit', () => resolve(true));
  });
  const endpoint = `http://${LOOPBACK}:${port}`;
  for (;;) {
    const isUp = fetch(endpoint).then(
      () => true,
      () => false,
    );
    if (await Promise.race([failed, isUp])) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return child.pid === undefined || child.exitCode !== null
    ? undefined
    : { endpoint, close: () => end(child) };
}

const end = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill();
  });

async function freePort(): Promise<number> {
  const server = createServer();
  const { port, close } = await listenOnLoopback(server, 0);
  await close();
  return port;
}
