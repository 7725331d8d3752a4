/** Half an hour in which everything goes wrong, in no order: what was acknowledged must still be where it belongs. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  AthenaClient,
  ListQueryExecutionsCommand,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { clientOptions } from '../../../infra/cli/client-options.ts';
import type { Verdict } from '../ledger/reconcile.ts';
import { ENDLESS, GREEDY } from '../scenarios/heavy-queries.ts';
import { NotHere, type SmallDisk } from '../small-disk.ts';
import { Stage } from '../stage.ts';
import { simulate } from './load.ts';

const RATE = 1_000;
const ANOMALY_RATE = 0.01;
const DISK_MB = 4_096;
const PAUSE_MS: [number, number] = [3_000, 20_000];
const FULL_MS: [number, number] = [1_000, 15_000];
/** Readings that are more than five minutes ahead of the pipeline's clock are not evaluated. */
const MAX_CLOCK_STEP_MS = 4 * 60_000;
const WORDS_MS = 2_000;
/** Longer than any outage here. */
const RETRY_FOR = '5m';

export interface Rough {
  readingsPerSecond: number;
  /** How often each trouble came. */
  troubles: Record<string, number>;
  /** Troubles that this machine or user cannot make. */
  notHere?: string;
  verdict: Verdict;
}

/** @param onTrouble what was done, and when */
export async function rough(
  assembly: string,
  seed: number,
  durationMs: number,
  onTrouble: (seconds: number, what: string) => void,
): Promise<Rough> {
  const stage = new Stage(assembly, seed);
  const clockFile = join(stage.root, 'clock');
  const preload = `${pathToFileURL(join(import.meta.dirname, 'shifted-clock.mjs'))}?file=${clockFile}`;
  const startMs = performance.now();
  const counts: Record<string, number> = {};
  const over = new AbortController();
  try {
    const { disk, notHere } = diskOf(stage);
    const start = () => stage.startProcess(preload);
    await start();
    const troubles = troublesOf(stage, start, clockFile, disk);
    let isSending = true;
    const flags = [
      ...['--seed', String(seed), '--devices', String(RATE), '--rate', String(RATE)],
      ...['--retry-for', RETRY_FOR, '--anomaly-rate', String(ANOMALY_RATE), '--duration', `${durationMs}ms`],
    ];
    const load = simulate(stage, flags, over.signal).finally(() => {
      isSending = false;
    });
    load.catch(() => undefined);
    while (isSending) {
      await Promise.race([load, stage.processEnded, sleep(stage.random.integer(...PAUSE_MS))]);
      if (!isSending) break;
      const [name, make] = stage.random.pick(Object.entries(troubles)) as [string, () => Promise<void>];
      onTrouble((performance.now() - startMs) / 1000, name);
      counts[name] = (counts[name] ?? 0) + 1;
      await make().catch(async (error: unknown) => {
        // What the pipeline said when it ended tells more than that it does not answer.
        await Promise.race([stage.processEnded, sleep(WORDS_MS)]);
        throw error;
      });
    }
    const { readingsPerSecond } = await load;
    await stage.stop();
    const verdict = await stage.verdict({ readingsMayRepeat: true, mailRepeats: Number.POSITIVE_INFINITY });
    return { readingsPerSecond, troubles: counts, ...(notHere && { notHere }), verdict };
  } finally {
    over.abort();
    await stage.tearDown();
  }
}

function diskOf(stage: Stage): { disk?: SmallDisk; notHere?: string } {
  try {
    return { disk: stage.putOnDisk(DISK_MB) };
  } catch (error) {
    if (error instanceof NotHere) return { notHere: error.message };
    throw error;
  }
}

function troublesOf(stage: Stage, start: () => Promise<unknown>, clockFile: string, disk?: SmallDisk) {
  const { random } = stage;
  const restart = async () => {
    await stage.killProcess();
    await start();
  };
  return {
    kill: restart,
    'clock step': async () => {
      writeFileSync(clockFile, String(random.integer(-MAX_CLOCK_STEP_MS, MAX_CLOCK_STEP_MS)));
    },
    'heavy queries': async () => {
      await stopQueries(stage);
      await startQueries(stage);
    },
    ...(disk && {
      'full disk': async () => {
        disk.fill();
        const full = sleep(random.integer(...FULL_MS));
        const ended = await Promise.race([full, stage.processEnded.catch((error: Error) => error)]);
        await full;
        disk.free();
        // A store that could not write its last bytes is closed, which the pipeline says. Then a person starts it again.
        if (ended?.message.includes('the disk is full: free some space')) await start();
        else if (ended) throw ended;
      },
      'kill on a full disk': async () => {
        disk.fill();
        await stage.killProcess();
        await sleep(random.integer(...FULL_MS));
        disk.free();
        await start();
      },
    }),
  };
}

async function startQueries({ outputs }: Stage): Promise<void> {
  const athena = new AthenaClient(clientOptions(outputs));
  for (const QueryString of [...ENDLESS, ...GREEDY]) {
    await athena.send(new StartQueryExecutionCommand({ QueryString, WorkGroup: outputs.WorkGroupName }));
  }
  athena.destroy();
}

/** All that run; a query that has ended already stays as it is. */
async function stopQueries({ outputs }: Stage): Promise<void> {
  const athena = new AthenaClient(clientOptions(outputs));
  const { QueryExecutionIds = [] } = await athena.send(
    new ListQueryExecutionsCommand({ WorkGroup: outputs.WorkGroupName }),
  );
  for (const QueryExecutionId of QueryExecutionIds) {
    await athena.send(new StopQueryExecutionCommand({ QueryExecutionId }));
  }
  athena.destroy();
}
