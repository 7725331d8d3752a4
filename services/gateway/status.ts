/** What the gateway says about itself: `GET /status`, a line a minute, and warnings before something hurts. */
import { describeLength } from '../contract/duration.ts';
import type { Forwarder } from './forward.ts';
import type { Intake } from './intake/intake.ts';
import type { Spool, SpoolCounts } from './spool/spool.ts';
import { ownCertificateProblem } from './uplink/explain.ts';
import type { Uplink } from './uplink/uplink.ts';

const DAY_MS = 86_400_000;
const CERTIFICATE_WARNING_MS = 30 * DAY_MS;
const CLOCK_WARNING_MS = 5 * 60_000;
const AGE_WARNING_MS = 60 * 60_000;
const FULL_WARNING_SHARE = 0.8;

export interface Status {
  site: string;
  /** Lines since the spool was made. accepted = forwarded + waiting + dropped. */
  readings: Pick<SpoolCounts, 'accepted' | 'forwarded' | 'waiting' | 'dropped'>;
  /** Lines that were not readings, since the start. */
  refused: number;
  lastRefusal?: string | undefined;
  /** Requests and connections without a password, or with a wrong one, since the start. */
  denied: number;
  backlog: { bytes: number; limitBytes: number; oldestSeconds: number };
  cloud: { ok: boolean; problem?: string | undefined; lastAcceptedSecondsAgo?: number | undefined };
  certificate: { id: string; validTo: string };
  clockOffsetSeconds?: number | undefined;
  /** What somebody should do something about. */
  warnings: string[];
}

interface Parts {
  spool: Spool;
  intake: Intake;
  forwarder: Forwarder;
  uplink: Uplink;
  limitBytes: number;
  now(): number;
}

export async function statusOf({
  spool,
  intake,
  forwarder,
  uplink,
  limitBytes,
  now,
}: Parts): Promise<Status> {
  const { waitingBytes, ...readings } = spool.counts;
  const nowMs = now();
  // A disk that cannot be read is told by the forwarder.
  const oldestMs = (await spool.oldest().catch(() => undefined))?.storedMs;
  const { keys, clockOffsetMs, newKeysProblem } = uplink;
  const ageMs = oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs);
  const { problem, lastMs } = forwarder;
  return {
    site: keys.site.site,
    readings,
    refused: intake.refusedLines,
    lastRefusal: intake.lastRefusal,
    denied: intake.deniedLogins,
    backlog: { bytes: waitingBytes, limitBytes, oldestSeconds: seconds(ageMs) },
    cloud: {
      ok: problem === undefined,
      problem: problem?.sentence,
      lastAcceptedSecondsAgo: lastMs === undefined ? undefined : seconds(nowMs - lastMs),
    },
    certificate: { id: keys.certificateId, validTo: new Date(keys.validToMs).toISOString() },
    clockOffsetSeconds: clockOffsetMs === undefined ? undefined : seconds(clockOffsetMs),
    warnings: [
      ownCertificateProblem(keys, nowMs) ?? endsSoon(keys.validToMs, keys.site.site, nowMs),
      clockIsOff(clockOffsetMs),
      newKeysProblem &&
        `The new certificate in the folder does not work, the old one stays in use. ${newKeysProblem}`,
      isOld(ageMs),
      isNearlyFull(waitingBytes, limitBytes),
      spool.shortage,
      readings.dropped > 0 ? `${readings.dropped} readings were dropped for lack of disk space.` : undefined,
    ].filter((warning) => warning !== undefined),
  };
}

/** For the log: `1200 accepted = 1100 forwarded + 100 waiting + 0 dropped; 2 refused; oldest 3 s`. */
export function statusLine({ readings, refused, denied, backlog, cloud }: Status): string {
  const { accepted, forwarded, waiting, dropped } = readings;
  return [
    `${accepted} accepted = ${forwarded} forwarded + ${waiting} waiting + ${dropped} dropped`,
    `${refused} refused`,
    ...(denied > 0 ? [`${denied} without the right password`] : []),
    ...(waiting > 0 ? [`oldest ${describeLength(backlog.oldestSeconds * 1000)}`] : []),
    ...(cloud.ok ? [] : ['not connected']),
  ].join('; ');
}

const seconds = (ms: number) => Math.round(ms / 1000);

function endsSoon(validToMs: number, site: string, nowMs: number): string | undefined {
  if (validToMs - nowMs > CERTIFICATE_WARNING_MS) return undefined;
  return `The certificate ends in ${describeLength(validToMs - nowMs)}. Make another: npm run enroll -- --rotate ${site}`;
}

function clockIsOff(offsetMs: number | undefined): string | undefined {
  if (offsetMs === undefined || Math.abs(offsetMs) <= CLOCK_WARNING_MS) return undefined;
  const direction = offsetMs > 0 ? 'behind' : 'ahead of';
  return `The clock of this machine is ${describeLength(Math.abs(offsetMs))} ${direction} that of the cloud. Set it (timedatectl set-ntp true): TLS fails when it is far off, and devices may take their time from here.`;
}

const isOld = (ageMs: number) =>
  ageMs > AGE_WARNING_MS
    ? `Readings wait for ${describeLength(ageMs)}. Alerts come in order: those about now come after them.`
    : undefined;

const isNearlyFull = (bytes: number, limit: number) =>
  bytes > limit * FULL_WARNING_SHARE
    ? `${Math.round((100 * bytes) / limit)} % of the disk space for readings is used (--spool-limit).`
    : undefined;
