/** A running gateway: listeners, spool and uplink put together, and how it begins and ends. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../infra/cli/user-error.ts';
import { type Forwarder, startForwarder } from './forward.ts';
import type { Authenticate } from './intake/devices.ts';
import { createHttpServer } from './intake/http-intake.ts';
import { createIntake } from './intake/intake.ts';
import { createMqttServer } from './intake/mqtt-intake.ts';
import { keepRejectedIn } from './intake/rejected.ts';
import { type Address, listen } from './listen.ts';
import { Spool, type WhenFull } from './spool/spool.ts';
import { type Status, statusLine, statusOf } from './status.ts';
import { openUplink, type Uplink } from './uplink/uplink.ts';
import { openMqttUplink } from './uplink/uplink-mqtt.ts';

export interface GatewayOptions {
  /** The site's folder, as `npm run enroll` made it. */
  keys: string;
  /** Folder for what waits. */
  spool: string;
  spoolLimitBytes: number;
  whenFull: WhenFull;
  /** Bytes a second while there is a backlog. */
  catchUpBytes: number;
  /** By which way: as PutRecord with credentials, or published to AWS IoT. */
  uplink?: 'kinesis' | 'mqtt';
  http: Address;
  mqtt?: Address | undefined;
  authenticate?: Authenticate | undefined;
  /** A line for the log. */
  say(line: string): void;
  now?(): number;
}

export interface Gateway {
  http: Address;
  mqtt: Address | undefined;
  status(): Promise<Status>;
  /** Takes nothing more, sends what it can within a few seconds, and ends. What is left stays on the disk. */
  close(): Promise<void>;
}

const DRAIN_MS = 5000;
const STATUS_EVERY_MS = 60_000;
const LOOK_EVERY_MS = 5000;
const WARN_EVERY_MS = 24 * 60 * 60_000;

/** @throws UserError when the folder, a listener or the spool cannot be used */
export async function startGateway(
  options: GatewayOptions,
  open = options.uplink === 'mqtt' ? openMqttUplink : openUplink,
): Promise<Gateway> {
  const { now = Date.now, say } = options;
  const uplink = await open(options.keys, now);
  const spool = await openSpool(options, uplink.keys.site.site, now).catch((error) => {
    uplink.close();
    throw error;
  });
  const cloudNow = () => now() + (uplink.clockOffsetMs ?? 0);
  const forwarder = startForwarder(spool, uplink, {
    catchUpBytes: options.catchUpBytes,
    now: cloudNow,
    random: Math.random,
    onProblem: (problem) => say(problem?.sentence ?? 'The stream takes records.'),
  });
  const intake = createIntake(spool, uplink.keys.site.site, options.authenticate);
  const parts = { spool, intake, forwarder, uplink, limitBytes: options.spoolLimitBytes, now };
  const status = () => statusOf(parts);
  const stop = new AbortController();
  const http = createHttpServer(intake, status);
  const keepRejected = keepRejectedIn(join(options.spool, 'rejected.ndjson'), now);
  const mqtt = options.mqtt && createMqttServer({ intake, keepRejected, stop: stop.signal });
  const timers = [...watch(uplink, forwarder, say), setInterval(() => void tell(), STATUS_EVERY_MS)];
  const tell = async () => say(statusLine(await status()));
  const warn = async () => (await status()).warnings.forEach(say);

  async function close(): Promise<void> {
    timers.forEach(clearInterval);
    stop.abort();
    mqtt?.close();
    http.close();
    http.closeIdleConnections();
    await forwarder.stop(DRAIN_MS);
    http.closeAllConnections();
    await tell();
    await spool.close();
    uplink.close();
  }

  try {
    const addresses = {
      http: await listen(http, options.http, '--listen'),
      mqtt: mqtt && options.mqtt && (await listen(mqtt, options.mqtt, '--mqtt')),
    };
    await warn();
    timers.push(setInterval(() => void warn(), WARN_EVERY_MS));
    return { ...addresses, status, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openSpool(options: GatewayOptions, site: string, now: () => number): Promise<Spool> {
  const { spool: folder, spoolLimitBytes: limitBytes, whenFull } = options;
  try {
    await mkdir(folder, { recursive: true });
    const spool = await Spool.open({ folder: join(folder, 'readings'), limitBytes, whenFull, now });
    await checkSite(spool, site).catch(async (error) => {
      await spool.close();
      throw error;
    });
    return spool;
  } catch (cause) {
    const { code, message, cause: inner } = cause as NodeJS.ErrnoException;
    const locked = (inner as NodeJS.ErrnoException | undefined)?.code === 'LEVEL_LOCKED';
    const why = locked ? 'another gateway is using it.' : `${message}${code ? ` (${code})` : ''}.`;
    throw new UserError(`Cannot use the spool ${folder}: ${why} Choose another with --spool.`, { cause });
  }
}

/** Sent under the name of another site, readings would not be evaluated. */
async function checkSite(spool: Spool, site: string): Promise<void> {
  const oldest = await spool.oldest();
  if (oldest === undefined) return;
  const { site_id: owner } = JSON.parse(oldest.text) as { site_id: string };
  if (owner === site) return;
  throw new Error(
    `${spool.counts.waiting} readings of ${owner} wait there, and would be sent as those of ${site}. Send them first, with the --keys of ${owner}`,
  );
}

/** A new certificate in the folder is taken without a restart. */
function watch(uplink: Uplink, forwarder: Forwarder, say: (line: string) => void): NodeJS.Timeout[] {
  const look = async () => {
    if (!(await uplink.look())) return;
    say('There is a new certificate in the folder. It is tried with the next record.');
    forwarder.retryNow();
  };
  return [setInterval(() => void look(), LOOK_EVERY_MS)];
}
