/**
 * A fault: what goes wrong, where, how often and for how long. As JSON (`POST /api/control/faults`) and as a flag
 * (`--fault sns.Publish:throttle:0.5:30s`).
 */
import { z } from 'zod';
import { parseDuration } from './duration.ts';

/**
 * What happens to a call. `throttle`, `unavailable` (503), `internal-error` (500) and, of GetRecords,
 * `expired-iterator` refuse it in the service's own words; `throttle` and `internal-error` refuse entries of PutRecords
 * one by one. `reset` cuts the connection, `hang` never answers, and `slow` answers after `delay`.
 */
export const CALL_FAULTS = [
  'throttle',
  'unavailable',
  'internal-error',
  'reset',
  'hang',
  'slow',
  'expired-iterator',
] as const;
/** How the function that made the call ends. With `time-out` it ends as at its time-out, but at once. */
export const FUNCTION_FAULTS = ['crash', 'time-out', 'out-of-memory'] as const;
/** What happens to a write to a bucket. */
export const DISK_FAULTS = ['disk-full'] as const;

export const FAULT_KINDS = [...CALL_FAULTS, ...FUNCTION_FAULTS, ...DISK_FAULTS] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

/** After the effect, a call can only lose its answer. */
const AFTER: readonly FaultKind[] = ['unavailable', 'internal-error', 'reset', 'hang', ...FUNCTION_FAULTS];
/** S3 is a folder here: its writes can fail, but no call to it is refused. */
const FOLDER_SERVICE = 's3';
const DEFAULT_DELAY_MS = 1_000;

const duration = z.string().transform((text, context) => {
  try {
    return parseDuration(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message });
    return z.NEVER;
  }
});

/** @param services whose calls can be refused, as callers sign */
export function faultSchemaFor(services: readonly string[]) {
  // Operations as the APIs name them; `*` for all.
  const operation = new RegExp(`^(?:${[...services, FOLDER_SERVICE].join('|')})\\.(?:\\*|[A-Z][A-Za-z]+)$`);
  return z
    .strictObject({
      /** Such as `sns.Publish` or `dynamodb.*`. */
      on: z.string().regex(operation, 'Expected service.Operation, such as sns.Publish or dynamodb.*'),
      kind: z.enum(FAULT_KINDS),
      /** The call takes effect, and only its answer is lost. */
      after: z.boolean().default(false),
      /** Share of the calls, or of the entries of a PutRecords call, that is hit. */
      share: z.number().gt(0).max(1).default(1),
      /** Without it, the fault lasts until it is cleared. */
      duration: duration.optional(),
      /** Number of calls that pass before the first that may be hit. */
      skip: z.int().min(0).default(0),
      times: z.int().min(1).optional(),
      /** Only for `slow`. */
      delay: duration.default(DEFAULT_DELAY_MS),
    })
    .refine(({ kind, after }) => !after || AFTER.includes(kind), {
      path: ['after'],
      message: `Expected one of ${AFTER.join(', ')}: nothing else can happen after the effect`,
    })
    .refine(({ kind, on }) => (kind === 'disk-full') === on.startsWith(`${FOLDER_SERVICE}.`), {
      path: ['kind'],
      message: 'Expected disk-full for s3.PutObject, and nothing else: here S3 is a folder',
    })
    .refine(({ kind, on }) => kind !== 'expired-iterator' || on === 'kinesis.GetRecords', {
      path: ['kind'],
      message: 'Expected kinesis.GetRecords for an expired iterator',
    });
}

export type FaultSchema = ReturnType<typeof faultSchemaFor>;
/** A fault in the form of the control API. */
export type FaultInput = z.input<FaultSchema>;
/** Checked; `duration` and `delay` are in ms. */
export type Fault = z.output<FaultSchema>;

/**
 * A fault from a flag: `SERVICE.OPERATION:[after-]KIND[:SHARE[:DURATION]]`.
 * @throws RangeError naming what was expected and what came
 */
export function parseFaultFlag(text: string, schema: FaultSchema): Fault {
  const [on = '', kind = '', share, time, ...rest] = text.split(':');
  const after = kind.startsWith('after-');
  const result = schema.safeParse({
    on,
    kind: after ? kind.slice('after-'.length) : kind,
    after,
    ...(share !== undefined && { share: share === '' ? 1 : Number(share) }),
    ...(time !== undefined && { duration: time }),
  });
  if (result.success && rest.length === 0) return result.data;
  const why = result.error?.issues[0]?.message ?? `nothing after the duration, got ":${rest.join(':')}"`;
  throw new RangeError(`Expected a fault such as sns.Publish:throttle:0.5:30s, got "${text}". ${why}`);
}
