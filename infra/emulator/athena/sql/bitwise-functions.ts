/** Functions of the bits of whole numbers. */
import { call, cast, type Node } from './ast.ts';
import { argument, type FunctionRewrite, macro, type RewriteContext, renamed } from './context.ts';
import { refuse } from './refusal.ts';
import { typeOf } from './static-types.ts';

/** Athena takes no fraction for a whole number, as this engine does. */
const whole = (value: Node, name: string, context: RewriteContext, node: Node): Node =>
  cast(argument(value, 'whole', name, context.placeOf(node)), 'BIGINT');

const bitwise = (name: string, engines: string): FunctionRewrite => ({
  arity: [2, 2],
  rewrite: (args, context, node) =>
    call(
      engines,
      args.map((arg) => whole(arg, name, context, node)),
    ),
});

const bitwiseAggregate = (name: string, engines: string): FunctionRewrite => ({
  arity: [1, 1],
  aggregate: true,
  rewrite: ([value], context, node) => renamed(node, engines, [whole(value as Node, name, context, node)]),
});

export const BITWISE_FUNCTIONS: Record<string, FunctionRewrite> = {
  bitwise_and: bitwise('bitwise_and', '&'),
  bitwise_or: bitwise('bitwise_or', '|'),
  bitwise_xor: bitwise('bitwise_xor', 'xor'),
  bitwise_and_agg: bitwiseAggregate('bitwise_and_agg', 'bit_and'),
  bitwise_or_agg: bitwiseAggregate('bitwise_or_agg', 'bit_or'),
  bitwise_left_shift: {
    // What does not fit is an error of this engine's, and loses its upper bits in Athena.
    arity: [2, 2],
    rewrite: (args, { inTry }) => {
      const [value, shift] = args as [Node, Node];
      if (typeOf(value) !== 'BIGINT' || typeOf(shift) !== 'INTEGER') {
        throw refuse(
          'bitwise_left_shift of anything but a bigint by an integer: CAST(x AS bigint), CAST(n AS integer)',
        );
      }
      if (inTry) throw refuse('TRY over bitwise_left_shift');
      return call('<<', args);
    },
  },
  bit_count: {
    arity: [2, 2],
    rewrite: ([value, bits], context, node) => {
      if ((bits?.value as Node | undefined)?.value !== 64)
        throw refuse('bit_count of another number of bits than 64');
      return macro('bit_count', [whole(value as Node, 'bit_count', context, node)]);
    },
  },
};
