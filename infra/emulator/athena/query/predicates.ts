/** What a WHERE clause says about the partitions and the values of one table, read from its (rewritten) tree. */
import {
  conjunction,
  constantText,
  constantType,
  isNode,
  type Node,
  names,
  nodes,
  text,
  walk,
} from '../sql/ast.ts';
import { withoutCheck } from '../sql/checks.ts';
import { ONCE } from '../sql/context.ts';

/** Whether a column reference means this column of this table; `path` is as written, such as `r.dt`. */
export type Owns = (path: string[]) => string | undefined;

/**
 * The strongest condition on the partition columns alone that follows from `condition`: parts that say anything else
 * become TRUE (undefined). References are reduced to the bare column name.
 */
export function partitionCondition(
  condition: unknown,
  owns: Owns,
  keys: ReadonlySet<string>,
): Node | undefined {
  if (!isNode(condition)) return undefined;
  if (condition.class === 'CONJUNCTION') {
    const parts = nodes(condition.children).map((part) => partitionCondition(part, owns, keys));
    const known = parts.filter((part) => part !== undefined);
    const and = condition.type === 'CONJUNCTION_AND';
    // `a OR TRUE` is TRUE.
    if (known.length === 0 || (!and && known.length < parts.length)) return undefined;
    return conjunction(and ? 'CONJUNCTION_AND' : 'CONJUNCTION_OR', known);
  }
  let partitionOnly = true;
  let anyColumn = false;
  walk(condition, (node) => {
    if (node.class === 'SUBQUERY' || node.class === 'STAR') partitionOnly = false;
    if (node.class === 'LAMBDA' && !isOnce(node.lhs)) partitionOnly = false;
    if (node.class === 'COLUMN_REF' && !isOnce(node)) {
      anyColumn = true;
      const column = owns(node.column_names as string[]);
      if (column === undefined || !keys.has(column)) partitionOnly = false;
    }
    return partitionOnly;
  });
  return partitionOnly && anyColumn ? bare(condition, owns) : undefined;
}

function bare(node: Node, owns: Owns): Node {
  // By text, because a check shares its operands with the comparison, and each place needs a copy of its own.
  const copy = JSON.parse(JSON.stringify(node)) as Node;
  walk(copy, (part) => {
    if (part.class === 'COLUMN_REF' && !isOnce(part)) {
      part.column_names = [owns(part.column_names as string[]) ?? ''];
    }
  });
  return copy;
}

/** A value that the rewrite holds: no column of a table. */
const isOnce = (node: unknown): boolean => isNode(node) && names(node.column_names)[0] === ONCE;

/** Bounds of a column that a row group's statistics can be compared with. */
export interface Bound {
  column: string;
  operator: '=' | '<' | '<=' | '>' | '>=';
  value: string;
}

const OPERATORS: Record<string, Bound['operator']> = {
  COMPARE_EQUAL: '=',
  COMPARE_LESSTHAN: '<',
  COMPARE_LESSTHANOREQUALTO: '<=',
  COMPARE_GREATERTHAN: '>',
  COMPARE_GREATERTHANOREQUALTO: '>=',
};
const FLIPPED: Record<Bound['operator'], Bound['operator']> = {
  '=': '=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** Comparisons of a column with a constant that every row of the result must meet. */
export function valueBounds(condition: unknown, owns: Owns): Bound[] {
  if (!isNode(condition)) return [];
  if (condition.type === 'CONJUNCTION_AND')
    return nodes(condition.children).flatMap((part) => valueBounds(part, owns));
  const column = (side: unknown) => {
    const node = isNode(side) ? withoutCheck(side) : undefined;
    return node?.class === 'COLUMN_REF' ? owns(node.column_names as string[]) : undefined;
  };
  if (condition.class === 'BETWEEN') {
    const name = column(condition.input);
    const lower = constant(condition.lower);
    const upper = constant(condition.upper);
    if (name === undefined || lower === undefined || upper === undefined) return [];
    return [
      { column: name, operator: '>=', value: lower },
      { column: name, operator: '<=', value: upper },
    ];
  }
  const operator = OPERATORS[text(condition.type)];
  if (condition.class !== 'COMPARISON' || !operator) return [];
  for (const [side, other, sense] of [
    [condition.left, condition.right, operator],
    [condition.right, condition.left, FLIPPED[operator]],
  ] as const) {
    const name = column(side);
    const value = constant(other);
    if (name !== undefined && value !== undefined) return [{ column: name, operator: sense, value }];
  }
  return [];
}

/** Text of a literal, through its casts. */
function constant(side: unknown): string | undefined {
  const node = isNode(side) ? withoutCheck(side) : undefined;
  if (node?.class === 'CAST') return constant(node.child);
  if (node?.class !== 'CONSTANT') return undefined;
  const value = (node.value as Node | undefined)?.value;
  if (constantType(node) === 'DECIMAL' || value === undefined || value === null) return undefined;
  return constantText(node) ?? String(value);
}
