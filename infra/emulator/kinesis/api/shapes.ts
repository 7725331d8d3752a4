/** The form of a request as AWS' API model has it: a type and constraints for each member. */

interface Common {
  required?: true;
}
export type Shape = Common &
  (
    | { type: 'string'; min?: number; max?: number; pattern?: string; values?: readonly string[] }
    | { type: 'integer'; min?: number; max?: number }
    | { type: 'boolean' }
    | { type: 'blob'; max?: number }
    | { type: 'timestamp' }
    | { type: 'list'; of: Shape; min?: number; max?: number; shownAs?: string }
    | { type: 'map'; of: Shape; min?: number; max?: number; keyMax: number }
    | { type: 'structure'; members: Members }
  );
export type Members = Readonly<Record<string, Shape>>;

type ValueOf<S> = S extends { type: 'string'; values: readonly (infer V)[] }
  ? V
  : S extends { type: 'string' }
    ? string
    : S extends { type: 'integer' }
      ? number
      : S extends { type: 'boolean' }
        ? boolean
        : S extends { type: 'blob' }
          ? Uint8Array
          : S extends { type: 'timestamp' }
            ? Date
            : S extends { type: 'list'; of: infer E }
              ? ValueOf<E>[]
              : S extends { type: 'map'; of: infer E }
                ? Record<string, ValueOf<E>>
                : S extends { type: 'structure'; members: infer M }
                  ? InputOf<M>
                  : never;
type RequiredIn<M> = { [K in keyof M]: M[K] extends { required: true } ? K : never }[keyof M];
/** A request that fits its form. */
export type InputOf<M> = { [K in RequiredIn<M>]: ValueOf<M[K]> } & {
  [K in Exclude<keyof M, RequiredIn<M>>]?: ValueOf<M[K]>;
};

const NAME = { type: 'string', min: 1, max: 128, pattern: '[a-zA-Z0-9_.-]+' } as const;
export const STREAM_NAME = NAME;
export const SHARD_ID = NAME;
export const CONSUMER_NAME = NAME;
export const STREAM_ARN = {
  ...({ type: 'string', min: 1, max: 2048 } as const),
  pattern: 'arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+',
} as const;
export const RESOURCE_ARN = { ...STREAM_ARN, pattern: 'arn:aws.*:kinesis:.*:\\d{12}:.*stream/\\S+' } as const;
export const CONSUMER_ARN = {
  ...STREAM_ARN,
  pattern: '^(arn):aws.*:kinesis:.*:\\d{12}:.*stream\\/[a-zA-Z0-9_.-]+\\/consumer\\/[a-zA-Z0-9_.-]+:[0-9]+',
} as const;
/** Most operations take a stream by its name, its ARN, or both. */
export const STREAM = { StreamName: STREAM_NAME, StreamARN: STREAM_ARN } as const;
export const HASH_KEY = { type: 'string', pattern: '0|([1-9]\\d{0,38})' } as const;
export const SEQUENCE_NUMBER = { type: 'string', pattern: '0|([1-9]\\d{0,128})' } as const;
export const TOKEN = { type: 'string', min: 1, max: 1_048_576 } as const;
export const PAGE_SIZE = { type: 'integer', min: 1, max: 10_000 } as const;
export const PARTITION_KEY = { type: 'string', min: 1, max: 256 } as const;
export const DATA = { type: 'blob', max: 10_485_760 } as const;
const TAG_KEY = { type: 'string', min: 1, max: 128 } as const;
export const TAGS = {
  ...({ type: 'map', min: 1, max: 200, keyMax: 128 } as const),
  of: { type: 'string', max: 256 },
} as const;
export const TAG_KEYS = { type: 'list', min: 1, max: 50, of: TAG_KEY } as const;
export const STREAM_MODE = {
  type: 'structure',
  members: { StreamMode: { type: 'string', required: true, values: ['PROVISIONED', 'ON_DEMAND'] } },
} as const;
export const POSITION_TYPES = [
  'AFTER_SEQUENCE_NUMBER',
  'LATEST',
  'AT_TIMESTAMP',
  'AT_SEQUENCE_NUMBER',
  'TRIM_HORIZON',
] as const;

/** The same member where it must be there. */
export const required = <S extends object>(shape: S): S & { required: true } => ({
  ...shape,
  required: true,
});
