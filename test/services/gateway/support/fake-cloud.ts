/** A stream that is played by a test. */
import type { Problem } from '../../../../services/gateway/uplink/explain.ts';
import type { Uplink } from '../../../../services/gateway/uplink/uplink.ts';

export const UNREACHABLE: Problem = { kind: 'unreachable', sentence: 'The line is cut.' };
const DAY_MS = 86_400_000;

/** A stream that takes everything while `problem` is undefined. */
export function fakeCloud() {
  const cloud = {
    site: 'plant-1',
    problem: undefined as Problem | undefined,
    records: [] as Uint8Array[],
    clockOffsetMs: undefined as number | undefined,
    validToMs: Date.now() + 365 * DAY_MS,
    async open(): Promise<Uplink> {
      return {
        async send(data) {
          if (!cloud.problem) cloud.records.push(data);
          return cloud.problem;
        },
        get keys() {
          return {
            site: {
              site: cloud.site,
              region: 'us-east-1',
              stream: 's',
              roleAlias: 'r',
              credentialsEndpoint: 'c',
            },
            ...{ key: '', certificate: '', ca: '', certificateId: 'ab'.repeat(32), validFromMs: 0 },
            validToMs: cloud.validToMs,
          };
        },
        get clockOffsetMs() {
          return cloud.clockOffsetMs;
        },
        newKeysProblem: undefined,
        look: async () => false,
        close: () => {},
      };
    },
  };
  return cloud;
}
