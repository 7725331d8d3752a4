/** Expressions that stand side by side, and have to be of one type there. */
import type { Node } from './ast.ts';
import { comparable, type Failure, type Mismatch, ofFamily } from './checks.ts';
import type { RewriteContext } from './context.ts';

/** A condition, which must be a boolean. */
export const condition = (node: Node, kind: Mismatch, context: RewriteContext): Node =>
  ofFamily(node, 'boolean', { kind, place: context.placeOf(node), typed: [node] });

/** The first of a list as it is, every other checked against it: Athena has no common type of text and numbers. */
export function ofOneType([first, ...others]: Node[], kind: Mismatch, place: string): Node[] {
  if (!first) return [];
  return [first, ...others.map((other) => comparable(other, first, { kind, place, typed: [first, other] }))];
}

/** Rows of VALUES, each checked against the one before it. */
export function sameTypes(rows: Node[][], context: RewriteContext): Node[][] {
  return rows.map((row, i) =>
    row.map((value, column) => {
      const above = rows[i - 1]?.[column];
      const failure: Failure = {
        kind: 'values',
        place: context.placeOf(value),
        typed: [above ?? value, value],
      };
      return above ? comparable(value, above, failure) : value;
    }),
  );
}
