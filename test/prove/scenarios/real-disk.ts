import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Site } from '../producer.ts';
import { HOT, resolved, type Scenario, WELL } from '../scenario.ts';
import { NotHere } from '../small-disk.ts';

const DISK_MB = 64;
const FULL_MS = 5_000;

export const realDiskFull: Scenario = {
  name: 'real-disk-full',
  title: 'The disk of all state is really full: everybody waits, nothing acknowledged is missing',
  async play(stage) {
    const disk = stage.putOnDisk(DISK_MB);
    await stage.start();
    const sites = Array.from({ length: 4 }, (_, i) => new Site(`full-${i + 1}`, 20));
    await stage.send(sites, HOT);
    disk.fill();
    const refused = stage.send(sites, WELL);
    await sleep(FULL_MS);
    disk.free();
    await refused;
    await stage.send(sites, WELL);
    const said = stage.events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
    if (!said.some((text) => text.includes('the disk is full')))
      throw new Error('Nobody said that it is full');
    return { incidents: resolved(...sites.flatMap(({ devices }) => devices)) };
  },
};

export const startOnFullDisk: Scenario = {
  name: 'start-on-full-disk',
  title: 'Killed while the disk is full, and started while it still is: one sentence, nothing is missing',
  async play(stage) {
    const disk = stage.putOnDisk(DISK_MB);
    await stage.startProcess();
    const sites = Array.from({ length: 4 }, (_, i) => new Site(`killed-${i + 1}`, 20));
    await stage.send(sites, HOT);
    disk.fill();
    await stage.killProcess();
    const ended = await stage.startProcess().then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (ended !== undefined) expectOneSentence(ended);
    else await stage.killProcess();
    disk.free();
    await stage.startProcess();
    await stage.send(sites, WELL);
    return {
      incidents: resolved(...sites.flatMap(({ devices }) => devices)),
      readingsMayRepeat: true,
      mailRepeats: Number.POSITIVE_INFINITY,
    };
  },
};

/** Descriptors beyond those that are open: enough to answer, too few for everything. */
const SPARE = 2;

export const noDescriptors: Scenario = {
  name: 'no-descriptors',
  title: 'No file descriptor is left for a while: nobody ends, nothing acknowledged is missing',
  async play(stage) {
    const { pid } = await stage.startProcess();
    const sites = Array.from({ length: 4 }, (_, i) => new Site(`files-${i + 1}`, 20));
    await stage.send(sites, HOT);
    const restore = limitDescriptors(pid, SPARE);
    const during = stage.send(sites, WELL);
    await sleep(FULL_MS);
    restore();
    await during;
    await stage.send(sites, WELL);
    return {
      incidents: resolved(...sites.flatMap(({ devices }) => devices)),
      readingsMayRepeat: true,
      mailRepeats: Number.POSITIVE_INFINITY,
    };
  },
};

/** @returns restores the limit */
function limitDescriptors(pid: number, spare: number): () => void {
  try {
    const open = readdirSync(`/proc/${pid}/fd`).length;
    const before = /Max open files\s+(\d+)\s+(\d+)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'));
    const set = (soft: string) =>
      execFileSync('prlimit', ['--pid', String(pid), `--nofile=${soft}:${before?.[2]}`], { stdio: 'pipe' });
    set(String(open + spare));
    return () => void set(before?.[1] ?? '');
  } catch (error) {
    throw new NotHere(
      `the limit of a running process is changed by prlimit, on Linux only: ${String(error)}`,
    );
  }
}

function expectOneSentence(said: string): void {
  if (/\n\s+at /.test(said)) throw new Error(`A stack trace: ${said}`);
  if (!said.includes('the disk is full')) throw new Error(`Not why: ${said}`);
}
