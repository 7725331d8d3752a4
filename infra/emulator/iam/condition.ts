/** The Condition element: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
import { BlockList, isIP } from 'node:net';
import type { Context } from './context.ts';
import { arnLike, like, plain } from './pattern.ts';
import { substitute } from './variables.ts';

export interface Condition {
  /** Such as `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** In lower case. */
  readonly key: string;
  readonly values: readonly string[];
}

type Holds = (wanted: string, value: string) => boolean;

const number =
  (compare: (value: number, wanted: number) => boolean): Holds =>
  (wanted, value) => {
    const [left, right] = [Number(value), Number(wanted)];
    return !Number.isNaN(left) && !Number.isNaN(right) && compare(left, right);
  };

const POSITIVE: Record<string, Holds> = {
  StringEquals: (wanted, value) => plain(wanted) === value,
  StringEqualsIgnoreCase: (wanted, value) => plain(wanted).toLowerCase() === value.toLowerCase(),
  StringLike: like,
  ArnEquals: arnLike,
  ArnLike: arnLike,
  Bool: (wanted, value) => wanted.toLowerCase() === value.toLowerCase(),
  NumericEquals: number((value, wanted) => value === wanted),
  NumericLessThan: number((value, wanted) => value < wanted),
  NumericLessThanEquals: number((value, wanted) => value <= wanted),
  NumericGreaterThan: number((value, wanted) => value > wanted),
  NumericGreaterThanEquals: number((value, wanted) => value >= wanted),
  IpAddress: isInRange,
};
/** Each is true where the other is not, also for a key that is absent. */
const NEGATED: Record<string, string> = {
  StringNotEquals: 'StringEquals',
  StringNotEqualsIgnoreCase: 'StringEqualsIgnoreCase',
  StringNotLike: 'StringLike',
  ArnNotEquals: 'ArnEquals',
  ArnNotLike: 'ArnLike',
  NumericNotEquals: 'NumericEquals',
  NotIpAddress: 'IpAddress',
};
const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/;

export function isKnownOperator(operator: string): boolean {
  const [, , name = '', ifExists] = OPERATOR.exec(operator) ?? [];
  if (name === 'Null') return ifExists === undefined;
  return Object.hasOwn(POSITIVE, name) || Object.hasOwn(NEGATED, name);
}

/** @throws Error for an operator that is not known, which the parser of documents refuses before */
export function holds({ operator, key, values }: Condition, context: Context, variables: boolean): boolean {
  const [, set, name = '', ifExists] = OPERATOR.exec(operator) ?? [];
  const present = context.get(key) ?? [];
  if (name === 'Null') return values.some((wanted) => (wanted === 'true') === (present.length === 0));
  const negated = NEGATED[name];
  const positive = POSITIVE[negated ?? name];
  if (!positive) throw new Error(`The condition operator ${operator} is not known here`);
  if (present.length === 0) {
    if (set === 'ForAllValues' || ifExists !== undefined) return true;
    return set === 'ForAnyValue' ? false : negated !== undefined;
  }
  const wanted = variables ? values.flatMap((value) => substitute(value, context) ?? []) : values;
  const one = (value: string) => wanted.some((each) => positive(each, value)) === (negated === undefined);
  if (set === 'ForAllValues') return present.every(one);
  // A negated operator without a set holds only if none of the values is there.
  return negated !== undefined && set === undefined ? present.every(one) : present.some(one);
}

function isInRange(range: string, address: string): boolean {
  const [network = '', bits] = range.split('/');
  const kind = isIP(network) === 6 ? 'ipv6' : 'ipv4';
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(network) === 0 || isIP(address) === 0 || kind !== family) return false;
  const list = new BlockList();
  if (bits === undefined) list.addAddress(network, kind);
  else list.addSubnet(network, Number(bits), kind);
  return list.check(address, family);
}
