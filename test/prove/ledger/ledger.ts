/** The ledger of a stopped pipeline: all records, from its state folder and the producer's log. */
import { join } from 'node:path';
import { readCheckpoints } from './checkpoints.ts';
import { readFailureBucket } from './failure-bucket.ts';
import { readInbox } from './inbox.ts';
import { readLake } from './lake.ts';
import type { Books } from './reconcile.ts';
import { readSendLog } from './send-log.ts';

export interface Places {
  /** State folder of the local runtime. */
  stateDir: string;
  lakeBucket: string;
  failureBucket: string;
  sendLog: string;
}

export async function readBooks({ stateDir, lakeBucket, failureBucket, sendLog }: Places): Promise<Books> {
  return {
    sent: readSendLog(sendLog),
    lake: await readLake(join(stateDir, 's3', lakeBucket)),
    givenUp: readFailureBucket(join(stateDir, 's3', failureBucket)),
    told: await readInbox(join(stateDir, 'mail')),
    checkpoints: readCheckpoints(join(stateDir, 'checkpoints')),
  };
}
