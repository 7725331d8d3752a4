/** DuckDB's own parse tree, as `json_serialize_sql` writes it: just as much of its shape as the rewrite needs. */

/** Key of the type of an expression, where it is known: it stays with copies, and out of what the engine reads. */
export const TYPE = Symbol('type');

/** Any node: an expression, a table reference, a query. Keys that are not named here are passed through unread. */
export interface Node {
  [key: string]: unknown;
  class?: string;
  type?: string;
  alias?: string;
  [TYPE]?: string;
}

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const nodes = (value: unknown): Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const names = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((v) => typeof v === 'string') : [];

// JSON.parse would round integers beyond 2^53, and the tree holds 64-bit ones: they travel as marked strings.
const BIG = '\u0001big:';
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;
const BIG_INTEGER = /^-?\d{16,}$/;

export function parseTree(json: string): Node {
  const quoted = json.replace(STRING_OR_NUMBER, (m) => (BIG_INTEGER.test(m) ? `"\\u0001big:${m}"` : m));
  return JSON.parse(quoted) as Node;
}

export function printTree(tree: Node): string {
  return JSON.stringify(tree).replace(/"\\u0001big:(-?\d+)"/g, '$1');
}

/** The query of a statement's tree. */
export const rootQuery = (tree: Node): Node => (nodes(tree.statements)[0]?.node ?? {}) as Node;

/** Text of a constant's value, whatever its type. */
export function constantText(node: Node | undefined): string | undefined {
  if (node?.class !== 'CONSTANT') return undefined;
  const value = (node.value as Node | undefined)?.value;
  return typeof value === 'string' ? value.replace(BIG, '') : undefined;
}

/** The text of a string literal; undefined for anything else. */
export function stringLiteral(node: Node | undefined): string | undefined {
  if (node?.class === 'CAST' && (node.cast_type as Node).id === 'VARCHAR')
    return stringLiteral(node.child as Node);
  return node && constantType(node) === 'VARCHAR' ? constantText(node) : undefined;
}

/** DuckDB type name of a constant, such as `INTEGER`. */
export function constantType(node: Node): string | undefined {
  if (node.class !== 'CONSTANT') return undefined;
  return text(((node.value as Node | undefined)?.type as Node | undefined)?.id);
}

/** The name of a column as it is written, in lower case; undefined for anything else. */
export const pathOf = (node: Node | undefined): string | undefined =>
  node?.class === 'COLUMN_REF' ? names(node.column_names).join('.').toLowerCase() : undefined;

// ---- builders

export const call = (name: string, children: Node[], alias = ''): Node => ({
  class: 'FUNCTION',
  type: 'FUNCTION',
  alias,
  function_name: name,
  schema: '',
  children,
  filter: null,
  order_bys: { type: 'ORDER_MODIFIER', orders: [] },
  distinct: false,
  is_operator: false,
  export_state: false,
  catalog: '',
});

export const stringConstant = (value: string): Node => ({
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias: '',
  value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value },
});

export const integerConstant = (value: number): Node => ({
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias: '',
  value: { type: { id: 'INTEGER', type_info: null }, is_null: false, value },
});

export const nullConstant = (): Node => ({
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias: '',
  value: { type: { id: 'NULL', type_info: null }, is_null: true },
});

export const cast = (child: Node, id: string, alias = ''): Node => ({
  class: 'CAST',
  type: 'OPERATOR_CAST',
  alias,
  child,
  cast_type: { id, type_info: null },
  try_cast: false,
});

export const operator = (type: string, children: Node[]): Node => ({
  class: 'OPERATOR',
  type,
  alias: '',
  children,
});

export const conjunction = (type: 'CONJUNCTION_AND' | 'CONJUNCTION_OR', children: Node[]): Node => ({
  class: 'CONJUNCTION',
  type,
  alias: '',
  children,
});

export const caseWhen = (when: Node, then: Node, otherwise: Node, alias = ''): Node => ({
  class: 'CASE',
  type: 'CASE_EXPR',
  alias,
  case_checks: [{ when_expr: when, then_expr: then }],
  else_expr: otherwise,
});

export const column = (...path: string[]): Node => ({
  class: 'COLUMN_REF',
  type: 'COLUMN_REF',
  alias: '',
  column_names: path,
});

export const lambda = (parameter: string, expr: Node): Node => ({
  class: 'LAMBDA',
  type: 'LAMBDA',
  alias: '',
  syntax_type: 'SINGLE_ARROW',
  lhs: column(parameter),
  expr,
});

// ---- walking

/** Every node below `root`, itself included, parents first. `visit` returns false to leave a branch out. */
export function walk(root: unknown, visit: (node: Node) => unknown): void {
  if (Array.isArray(root)) {
    for (const item of root) walk(item, visit);
  } else if (isNode(root)) {
    if (visit(root) === false) return;
    for (const key in root) {
      const value = root[key];
      if (typeof value === 'object' && value !== null) walk(value, visit);
    }
  }
}

/** A deep copy with every child passed through `map` (which gets the original child). */
export function mapChildren(node: Node, map: (child: Node) => Node): Node {
  const copy: Node = {};
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) copy[key] = mapList(value, map);
    else copy[key] = isNode(value) ? map(value) : value;
  }
  return copy;
}

function mapList(list: unknown[], map: (child: Node) => Node): unknown[] {
  return list.map((item) => (Array.isArray(item) ? mapList(item, map) : isNode(item) ? map(item) : item));
}
