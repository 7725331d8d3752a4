/**
 * NaN is a value like any other to this engine, the largest and equal to itself; to Athena it is equal to nothing, and
 * neither larger nor smaller. What can be NaN may be shown, and is refused once it is NaN where it is compared.
 */
import { isNode, type Node, nodes, rootQuery, stringLiteral, text, walk } from './ast.ts';
import { macro } from './context.ts';
import { FAMILIES } from './families.ts';
import { typeOf } from './static-types.ts';

const COMPARISONS =
  /^COMPARE_(?:EQUAL|NOTEQUAL|(?:LESS|GREATER)THAN(?:OREQUALTO)?|IN|NOT_IN|BETWEEN|NOT_BETWEEN)$/;
const COMPARING =
  /^(?:greatest|least|nullif|max|min|arg_max.*|arg_min.*|athena_contains|athena_array_position)$/;
/** They give NaN for numbers that are none. */
const SOURCES = /^athena_(?:modulus|sqrt|ln|log2|log10|log|acos|asin|sin|cos|tan)$|^pow(?:er)?$/;

/** Changes a rewritten statement. */
export function refuseComparedNan(tree: Node): Node {
  const compared = comparedNames(tree);
  for (const operand of comparedExpressions(tree)) guard(operand);
  if (compared) for (const item of inner(tree, compared)) guard(item);
  return tree;
}

/** Where an expression stands, to put another one there. */
interface Place {
  holder: Record<string, unknown> | unknown[];
  key: string;
}

const placesIn = (holder: unknown, keys = Object.keys(holder ?? {})): Place[] =>
  keys.map((key) => ({ holder: holder as Place['holder'], key }));

const at = ({ holder, key }: Place): unknown => (holder as Record<string, unknown>)[key];

function guard(place: Place): void {
  const value = at(place);
  if (!isNode(value) || !mayBeNan(value)) return;
  (place.holder as Record<string, unknown>)[place.key] = macro('compared', [value], text(value.alias));
}

function comparedExpressions(tree: Node): Place[] {
  const places: Place[] = [];
  walk(tree, (node) => {
    if (COMPARISONS.test(text(node.type)))
      places.push(
        ...placesIn(node, ['left', 'right', 'input', 'lower', 'upper']),
        ...placesIn(node.children),
      );
    else if (node.class === 'SUBQUERY') places.push(...placesIn(node, ['child']));
    else if (COMPARING.test(text(node.function_name))) places.push(...placesIn(node.children));
  });
  return places;
}

/** Names of the columns whose values are compared, themselves or by what is made of them; none: undefined. */
function comparedNames(tree: Node): Set<string> | undefined {
  const found = new Set<string>();
  const addAll = (part: unknown) =>
    walk(part, (node) => {
      if (node.class === 'COLUMN_REF') found.add((node.column_names as string[]).at(-1)?.toLowerCase() ?? '');
    });
  const expressions = comparedExpressions(tree).map(at).filter(isNode);
  if (expressions.length === 0) return undefined;
  addAll(expressions);
  walk(tree, (node) => {
    const using = Array.isArray(node.using_columns) ? (node.using_columns as string[]) : [];
    for (const name of using) found.add(name.toLowerCase());
  });
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    walk(tree, (node) => {
      for (const item of nodes(node.select_list)) if (found.has(text(item.alias).toLowerCase())) addAll(item);
    });
  }
  return found;
}

/** The columns of inner queries that are compared further out, as far as their names tell. */
function inner(tree: Node, compared: ReadonlySet<string>): Place[] {
  const shown = shownBy(rootQuery(tree));
  const places: Place[] = [];
  const visit = (part: unknown, isRenamed: boolean): void => {
    if (Array.isArray(part)) for (const item of part) visit(item, isRenamed);
    if (!isNode(part)) return;
    const list = nodes(part.select_list);
    const names = (key: string) => Array.isArray(part[key]) && (part[key] as unknown[]).length > 0;
    const renames =
      isRenamed || names('column_name_alias') || names('aliases') || part.type === 'SET_OPERATION_NODE';
    if (part.type === 'SELECT_NODE' && !shown.has(part)) {
      const isCompared = (item: Node) =>
        isRenamed || compared.has(text(item.alias).toLowerCase()) || text(item.alias) === '';
      const keys = Object.keys(list).filter((key) => isCompared(list[Number(key)] as Node));
      places.push(...placesIn(part.select_list, keys));
    }
    if (part.type === 'EXPRESSION_LIST')
      places.push(...(part.values as Node[][]).flatMap((row) => placesIn(row)));
    for (const value of Object.values(part)) if (typeof value === 'object') visit(value, renames);
  };
  visit(tree, false);
  return places;
}

/** The queries whose columns are those of the result. */
function shownBy(query: Node): Set<Node> {
  if (query.type !== 'SET_OPERATION_NODE') return new Set([query]);
  return new Set([query.left, query.right].filter(isNode).flatMap((side) => [...shownBy(side)]));
}

function mayBeNan(node: Node): boolean {
  const type = typeOf(node);
  if (type !== undefined && (!FAMILIES.number(type) || FAMILIES.decimal(type) || /INT/.test(type)))
    return false;
  const name = text(node.function_name);
  switch (node.class) {
    case 'CONSTANT':
    case 'COLUMN_REF':
    case 'SUBQUERY':
    case 'LAMBDA':
      return false;
    case 'CAST':
      return castMayBeNan(node.child as Node);
    default:
      if (SOURCES.test(name)) return true;
      if (name === '/' && !isNumber(nodes(node.children)[1])) return true;
      return partsOf(node).some(mayBeNan);
  }
}

/** Of text, NaN is read; of what is a number, it stays. */
const castMayBeNan = (child: Node): boolean =>
  stringLiteral(child) === 'NaN' || text(child.function_name) === 'athena_double_source' || mayBeNan(child);

/** A literal that is not zero, by which nothing becomes NaN. */
function isNumber(node: Node | undefined): boolean {
  const constant = node?.class === 'CAST' ? (node.child as Node) : node;
  return constant?.class === 'CONSTANT' && Number((constant.value as Node).value) !== 0;
}

/** Expressions right below. */
function partsOf(node: Node): Node[] {
  const checks = nodes(node.case_checks).flatMap((check) => nodes([check.then_expr]));
  return [...nodes(node.children), ...checks, ...nodes([node.else_expr, node.expr])];
}
