/**
 * The way to the stream: short-lived credentials by the site's certificate, and PutRecord with the site as partition
 * key. A new certificate in the folder is tried; the old one stays in use until the new one has worked.
 */
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { type Exchange, exchange } from './credentials.ts';
import { explain, type Problem } from './explain.ts';
import { readSiteKeys, type SiteKeys } from './site-keys.ts';

const REQUEST_TIMEOUT_MS = 10_000;

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
  let keys = await readSiteKeys(folder);
  /** Found in the folder, and not tried yet. */
  let candidate: SiteKeys | undefined;
  let tried = keys.certificateId;
  let newKeysProblem: string | undefined;
  let clockOffsetMs: number | undefined;
  let client: KinesisClient | undefined;

  const hostOf = ({ site }: SiteKeys) => site.credentialsEndpoint;
  const noteClock = ({ serverMs }: Exchange) => {
    if (serverMs !== undefined) clockOffsetMs = serverMs - now();
  };

  async function tryCandidate(): Promise<Exchange | undefined> {
    const next = candidate;
    if (!next) return undefined;
    try {
      const exchanged = await exchange(next);
      keys = next;
      candidate = undefined;
      newKeysProblem = undefined;
      return exchanged;
    } catch (error) {
      const { kind, sentence } = explain(error, { keys: next, host: hostOf(next), nowMs: now() });
      // A line that is down says nothing about the certificate.
      if (kind === 'refused') candidate = undefined;
      newKeysProblem = sentence;
      return undefined;
    }
  }

  async function credentials() {
    const exchanged = (await tryCandidate()) ?? (await exchange(keys));
    noteClock(exchanged);
    return exchanged.credentials;
  }

  const connect = () =>
    new KinesisClient({
      region: keys.site.region,
      ...(keys.site.endpoint !== undefined && { endpoint: keys.site.endpoint }),
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
      return keys;
    },
    get clockOffsetMs() {
      return clockOffsetMs;
    },
    get newKeysProblem() {
      return newKeysProblem;
    },
    async send(data) {
      const hadCredentials = client !== undefined;
      const problem = await put(data);
      if (problem?.kind !== 'refused') return problem;
      disconnect();
      // Credentials that are no longer taken may only be old.
      return hadCredentials ? put(data) : problem;
    },
    async look() {
      const found = await readSiteKeys(folder).catch(() => undefined);
      // A folder that is being copied is not complete: the next look finds it.
      if (!found || found.certificateId === tried) return false;
      tried = found.certificateId;
      candidate = found;
      disconnect();
      return true;
    },
    close: disconnect,
  };
}
