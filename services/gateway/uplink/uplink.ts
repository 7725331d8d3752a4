/**
 * The way to the stream: short-lived credentials by the site's certificate, and PutRecord with the site as partition
 * key. A new certificate in the folder is tried; the old one stays in use until the new one has worked.
 */
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { CloudClock } from './cloud-clock.ts';
import { type Credentials, exchange } from './credentials.ts';
import { explain, type Problem } from './explain.ts';
import { Keyring } from './keyring.ts';
import type { SiteKeys } from './site-keys.ts';

const REQUEST_TIMEOUT_MS = 10_000;

/** Not AWS: what a profile or a variable asks for of AWS would make the SDK refuse. */
const elsewhere = (endpoint: string) => ({
  ...{ endpoint, useFipsEndpoint: false, useDualstackEndpoint: false, defaultsMode: 'legacy' as const },
});

export interface Uplink {
  /** Sends one record. Resolves with what went wrong, or with nothing when the stream has it. Never rejects. */
  send(data: Uint8Array): Promise<Problem | undefined>;
  /** The certificate in use. */
  readonly keys: SiteKeys;
  /** Clock of the cloud minus that of this machine, in ms; undefined before the first answer. */
  readonly clockOffsetMs: number | undefined;
  /** Why a new certificate in the folder is not used. */
  readonly newKeysProblem: string | undefined;
  /** Looks whether the folder has another certificate. Resolves to true when there is one to try. */
  look(): Promise<boolean>;
  close(): void;
}

export async function openUplink(folder: string, now: () => number): Promise<Uplink> {
  const ring = await Keyring.open(folder);
  const clock = new CloudClock();
  let client: KinesisClient | undefined;

  const hostOf = ({ site }: SiteKeys) => site.credentialsEndpoint;

  async function credentials(): Promise<Credentials> {
    const { credentials: issued, serverMs } = await ring.use(exchange, (error, keys) =>
      explain(error, { keys, host: hostOf(keys), nowMs: now() }),
    );
    if (serverMs !== undefined) clock.note(serverMs);
    const offsetMs = clock.offsetMs(now()) ?? 0;
    // A signature counts for five minutes of the cloud's time, and the SDK would learn that only from its first failure.
    if (client) client.config.systemClockOffset = offsetMs;
    // The SDK compares it with the clock of this machine.
    return { ...issued, expiration: new Date(issued.expiration.getTime() - offsetMs) };
  }

  const connect = () =>
    new KinesisClient({
      region: ring.keys.site.region,
      ...(ring.keys.site.endpoint !== undefined && elsewhere(ring.keys.site.endpoint)),
      credentials,
      // The gateway retries itself, and for longer.
      maxAttempts: 1,
      requestHandler: { requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: REQUEST_TIMEOUT_MS },
    });

  /** The SDK keeps credentials that were refused until they expire. */
  const disconnect = () => {
    client?.destroy();
    client = undefined;
  };

  async function put(data: Uint8Array): Promise<Problem | undefined> {
    client ??= connect();
    const { keys } = ring;
    const { site, stream, endpoint } = keys.site;
    try {
      await client.send(new PutRecordCommand({ StreamName: stream, PartitionKey: site, Data: data }));
      return undefined;
    } catch (error) {
      const ofStream = '$metadata' in (error as object);
      const host = ofStream ? (endpoint ?? 'Kinesis') : hostOf(keys);
      return explain(error, { keys, host, nowMs: now() });
    }
  }

  return {
    get keys() {
      return ring.keys;
    },
    get clockOffsetMs() {
      return clock.offsetMs(now());
    },
    get newKeysProblem() {
      return ring.newKeysProblem;
    },
    async send(data) {
      const hadCredentials = client !== undefined;
      const problem = await put(data);
      if (problem === undefined || problem.kind === 'throttled') return problem;
      // A connection that has gone dead without a word would be used until the kernel gives it up, a quarter of an hour later.
      disconnect();
      if (problem.kind !== 'refused') return problem;
      // Credentials that are no longer taken may only be old.
      return hadCredentials ? put(data) : problem;
    },
    async look() {
      const found = await ring.look();
      if (found) disconnect();
      return found;
    },
    close: disconnect,
  };
}
