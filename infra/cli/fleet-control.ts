/**
 * Commands to a running simulator and its replies: JSON messages over the IPC channel to the process that started it.
 */
import { z } from 'zod';
import { ID_PATTERN, METRICS } from '../../services/contract/reading.ts';
import { DEVICE_ANOMALIES, episodeBeginsSchema, episodeSchema } from '../../services/contract/truth.ts';

/** How long an injected anomaly may last, in seconds. */
const MAX_INJECTION_SECONDS = 6 * 3600;

export const fleetCommandSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('pause') }),
  z.strictObject({ type: z.literal('resume') }),
  z.strictObject({
    type: z.literal('inject'),
    device_id: z.string().regex(ID_PATTERN),
    kind: z.enum(DEVICE_ANOMALIES),
    /** Ignored for `dropout`, which silences the whole device. */
    metric: z.enum(METRICS),
    seconds: z.number().int().min(1).max(MAX_INJECTION_SECONDS),
  }),
]);
/** @example { type: 'inject', device_id: 'dev-7', kind: 'sustained', metric: 'cpu', seconds: 20 } */
export type FleetCommand = z.infer<typeof fleetCommandSchema>;

/** To the simulator. Each is answered by a reply with the same id. */
export const fleetRequestSchema = z.object({ id: z.number().int(), command: fleetCommandSchema });

/** From the simulator. */
export const fleetMessageSchema = z.discriminatedUnion('type', [
  /** `problem`: why it was not done, as a sentence. */
  z.object({ type: z.literal('reply'), id: z.number().int(), problem: z.string().optional() }),
  episodeBeginsSchema,
  episodeSchema,
]);
export type FleetMessage = z.infer<typeof fleetMessageSchema>;
