/** The last reading of each device, as the stream brought it: for the page. */
import { isReading, type Reading } from '../../services/contract/reading.ts';

/** Devices kept in memory; more are counted, no longer shown. */
const MAX_DEVICES = 2_000;
/** Above this many bytes a second only part of the records is looked at: the page is for eyes, the counts are not from here. */
const MAX_BYTES_PER_SECOND = 1_000_000;

export interface FleetView {
  /** Looks at a packed record. */
  observe(data: Uint8Array): void;
  /** Devices seen, most recently first seen last. */
  devices(): Reading[];
}

export function createFleetView(now: () => number): FleetView {
  const last = new Map<string, Reading>();
  let second = 0;
  let budget = 0;
  return {
    observe(data) {
      const current = Math.floor(now() / 1000);
      if (current !== second) {
        second = current;
        budget = MAX_BYTES_PER_SECOND;
      }
      if (budget <= 0) return;
      budget -= data.length;
      for (const line of Buffer.from(data).toString().split('\n')) {
        const reading = parse(line);
        if (reading && (last.has(reading.device_id) || last.size < MAX_DEVICES))
          last.set(reading.device_id, reading);
      }
    },
    devices: () => [...last.values()],
  };
}

function parse(line: string): Reading | undefined {
  if (line === '') return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isReading(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
