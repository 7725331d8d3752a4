/** A compaction that is killed loses and duplicates nothing, and the next one completes it. */
import { spawn } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import {
  lastDays,
  mergeStatement,
  OPTIMIZE_STATEMENT,
  TRUSTED_PREFIX,
} from '../../../../../services/contract/trusted.ts';
import { program } from '../../../../support/program-file.ts';
import { createHarness, type Harness } from '../support/harness.ts';
import { NOW, TABLES, writeRaw } from './support/raw.ts';

const DAY = 86_400_000;
const DAYS = 4;
const PER_DAY = 50;

let harness: Harness;
afterEach(() => harness.close());

const count = async () =>
  (await harness.query('SELECT count(*), count(DISTINCT seq) FROM readings_trusted')).rows[0];

const dataFiles = () => {
  try {
    return readdirSync(join(harness.root, 'bucket', TRUSTED_PREFIX, 'data')).length;
  } catch {
    return 0;
  }
};

/**
 * Kills a compaction as soon as it has begun this many data files. On a busy machine it may be over before this process
 * looks: then once more, from the same lake.
 */
async function killedAt(files: number, lake: string): Promise<NodeJS.Signals | null> {
  const own = join(harness.root, 'bucket');
  for (let attempt = 1; attempt <= 5; attempt++) {
    rmSync(own, { recursive: true });
    cpSync(lake, own, { recursive: true });
    const signal = await killAt(dataFiles() + files);
    if (signal !== null) return signal;
  }
  return null;
}

/** Starts a compaction in its own processes, and kills all of them once there are this many data files. */
function killAt(files: number): Promise<NodeJS.Signals | null> {
  const args = [...program('test/infra/emulator/athena/iceberg/support/child.ts'), harness.root];
  const child = spawn(process.execPath, args, {
    stdio: 'inherit',
    detached: true,
  });
  // On a loaded machine, too, the poll must not come later than the files.
  setPriority(child.pid ?? 0, constants.priority.PRIORITY_LOW);
  const poll = setInterval(() => {
    if (dataFiles() < files || !child.pid) return;
    clearInterval(poll);
    process.kill(-child.pid, 'SIGKILL');
  }, 1);
  return new Promise((resolve) => {
    child.once('close', (_code, signal) => {
      clearInterval(poll);
      resolve(signal);
    });
  });
}

it('a compaction killed at any step leaves the table as it was or as it should be', async () => {
  harness = createHarness({ tables: TABLES, now: () => NOW });
  const day = (seqs: number, at: number, sent: number) =>
    Array.from({ length: PER_DAY }, (_, i) => ({
      ...{ device: `dev-${i % 5}`, seq: seqs + i, made: at + i * 1000, sent },
    }));
  const start = NOW - 3 * DAY;
  for (let i = 0; i < DAYS; i++) await writeRaw(harness, day(i * PER_DAY, start + i * DAY, start + i * DAY));
  await harness.query(mergeStatement('readings', lastDays(3)));
  const first = DAYS * PER_DAY;
  expect(await count()).toBe(`${first} | ${first}`);

  // All four days get the same number of late readings: four more files to merge, then four to rewrite.
  for (let i = 0; i < DAYS; i++) await writeRaw(harness, day(first + i * PER_DAY, start + i * DAY, NOW));
  const lake = join(harness.root, 'lake');
  cpSync(join(harness.root, 'bucket'), lake, { recursive: true });
  for (const files of [1, DAYS, DAYS + 2]) {
    expect(await killedAt(files, lake)).toBe('SIGKILL');
    expect([`${first} | ${first}`, `${2 * first} | ${2 * first}`]).toContain(await count());
  }

  await harness.query(mergeStatement('readings', lastDays(3)));
  await harness.query(OPTIMIZE_STATEMENT);
  expect(await count()).toBe(`${2 * first} | ${2 * first}`);
}, 120_000);
