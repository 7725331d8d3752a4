/** The definition of an operation: the form of its request, and its answer. */
import { AwsError } from '../../wire/aws-error.ts';
import type { Streams } from '../stream/streams.ts';
import { convertAll } from './convert.ts';
import type { InputOf, Members } from './shapes.ts';
import type { Subscriptions } from './subscriptions.ts';
import { validated } from './validate.ts';

/** Records of one call. */
export interface PutFigures {
  stream: string;
  accepted: number;
  /** Of their data. */
  bytes: number;
  throttled: number;
}

export interface Context {
  streams: Streams;
  subscriptions: Subscriptions;
  /** Whether a reader of the emulator itself calls, whose calls are more frequent than AWS' own and are not counted. */
  isOwnReader: boolean;
  /** Why no more records can be taken now; undefined while there is room. */
  whyFull(): string | undefined;
  /** Takes what became of the records of a call. */
  onPut(put: PutFigures): void;
}

/** Undefined where AWS answers without a body; messages for an event stream. */
export type Answer = object | undefined;
export type Operation = (body: unknown, context: Context) => Promise<Answer>;

/** @throws AwsError for a request of another form */
export function operation<const M extends Members>(
  members: M,
  answer: (input: InputOf<M>, context: Context) => Answer | Promise<Answer> | Promise<void>,
): Operation {
  return async (body, context) => {
    if (typeof body !== 'object' || body === null || Array.isArray(body)) {
      throw new AwsError('SerializationException', 'Expected a structure as the body');
    }
    const input = validated(convertAll(body as Record<string, unknown>, members), members);
    return (await answer(input, context)) ?? undefined;
  };
}

/** An operation after which other streams or shards are there: its checks hold until it is done. */
export function change<const M extends Members>(
  members: M,
  answer: (input: InputOf<M>, context: Context) => Promise<object> | Promise<void>,
): Operation {
  return operation(members, (input, context) =>
    context.streams.inTurn(async () => (await answer(input, context)) ?? undefined),
  );
}
