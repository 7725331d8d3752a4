/** Where readings from every listener come in: who may send, what is a reading, and whether there is space. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Spool } from '../spool/spool.ts';
import { type Checked, checkBody, type Refusal } from './body.ts';
import type { Authenticate } from './devices.ts';

export interface Taken {
  /** Readings that are on the disk now. */
  stored: number;
  refused: Refusal[];
  /** Readings that were not stored for lack of space: all of them or none. */
  full?: number;
}

export interface Intake {
  /** Lines that were refused since the start. */
  readonly refusedLines: number;
  readonly lastRefusal: string | undefined;
  /** Requests and connections without a password, or with a wrong one, since the start. */
  readonly deniedLogins: number;
  readonly asksForPassword: boolean;
  allows(device: string | undefined, password: string | undefined): boolean;
  /** @param device who has signed in */
  check(body: string, device: string | undefined): Checked;
  /** Stores what was checked, all lines or none. Resolves when they are on the disk. */
  store(checked: Checked): Promise<Taken>;
  /** Counts what is no line at all. */
  refuse(reason: string): void;
  /** As `store`, but waits as long as there is no space, or the disk fails. Rejects where it would after `stop` has aborted. */
  storeInTheEnd(checked: Checked, stop: AbortSignal): Promise<void>;
}

const DISK_RETRY_MS = 1000;

/** @param authenticate undefined where anybody may send: on this machine only */
export function createIntake(spool: Spool, site: string, authenticate: Authenticate | undefined): Intake {
  let refusedLines = 0;
  let lastRefusal: string | undefined;
  let deniedLogins = 0;

  async function store({ lines, refused }: Checked): Promise<Taken> {
    if (!(await spool.append(lines))) return { stored: 0, refused, full: lines.length };
    refusedLines += refused.length;
    lastRefusal = refused.at(-1)?.reason ?? lastRefusal;
    return { stored: lines.length, refused };
  }

  return {
    get refusedLines() {
      return refusedLines;
    },
    get lastRefusal() {
      return lastRefusal;
    },
    get deniedLogins() {
      return deniedLogins;
    },
    asksForPassword: authenticate !== undefined,
    allows(device, password) {
      if (authenticate === undefined) return true;
      const allowed = device !== undefined && authenticate(device, password ?? '');
      if (!allowed) deniedLogins += 1;
      return allowed;
    },
    refuse(reason) {
      refusedLines += 1;
      lastRefusal = reason;
    },
    check: (body, device) => checkBody(body, { site, device: authenticate && device }),
    store,
    async storeInTheEnd(checked, stop) {
      const bytes = Buffer.byteLength(checked.lines.join('\n')) + 1;
      for (;;) {
        const taken = await store(checked).catch(() => undefined);
        if (taken && taken.full === undefined) return;
        stop.throwIfAborted();
        if (taken) await spool.whenSpace(bytes, stop);
        else await sleep(DISK_RETRY_MS, undefined, { signal: stop });
      }
    },
  };
}
