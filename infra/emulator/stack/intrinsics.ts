/** CloudFormation's intrinsic functions, evaluated. Pure: the same template gives the same values. */
import { own } from '../base/own.ts';
import { type Identity, LOCAL_ACCOUNT, LOCAL_REGION } from './identities.ts';
import type { Template } from './template.ts';

export interface StackResource {
  logicalId: string;
  type: string;
  /** What `Ref` returns: the physical name or ARN. */
  ref: string;
  arn: string;
  /** Properties with every intrinsic function evaluated. */
  properties: Record<string, unknown>;
  metadata: Record<string, unknown>;
}

export interface Stack {
  name: string;
  resources: StackResource[];
  outputs: Record<string, string>;
  /** As it was deployed. */
  template: Template;
}

/** Marks a property that `AWS::NoValue` removes. */
const NO_VALUE = Symbol('AWS::NoValue');

/** What `Ref` and `Fn::GetAtt` return for a resource of the template. */
type IdentityOf = (logicalId: string, resource: Template['Resources'][string]) => Identity;

/** Evaluates the whole template. @throws Error naming a function or reference that is unknown */
export function evaluateStack(template: Template, stackName: string, identityOf: IdentityOf): Stack {
  const resolver = new Resolver(template, stackName, identityOf);
  const resources = Object.entries(template.Resources)
    .filter(([, resource]) => resource.Condition === undefined || resolver.condition(resource.Condition))
    .map(([logicalId, resource]) => {
      const identity = resolver.identity(logicalId);
      const properties = resolver.value(resource.Properties) as Record<string, unknown>;
      return {
        logicalId,
        type: resource.Type,
        ref: identity.ref,
        arn: identity.attributes.Arn ?? identity.ref,
        properties,
        metadata: resource.Metadata ?? {},
      };
    });
  const outputs = Object.fromEntries(
    Object.entries(template.Outputs)
      .filter(([, { Condition }]) => Condition === undefined || resolver.condition(Condition))
      .map(([name, { Value }]) => [name, String(resolver.value(Value))]),
  );
  return { name: stackName, resources, outputs, template };
}

class Resolver {
  readonly #template: Template;
  readonly #stackName: string;
  readonly #identityOf: IdentityOf;

  constructor(template: Template, stackName: string, identityOf: IdentityOf) {
    this.#template = template;
    this.#stackName = stackName;
    this.#identityOf = identityOf;
  }

  identity(logicalId: string): Identity {
    const resource = own(this.#template.Resources, logicalId);
    if (!resource) throw new Error(`The template refers to "${logicalId}", which it does not define`);
    return this.#identityOf(logicalId, resource);
  }

  condition(name: string): boolean {
    if (!Object.hasOwn(this.#template.Conditions, name))
      throw new Error(`The template has no condition "${name}"`);
    return this.value(this.#template.Conditions[name]) === true;
  }

  value(node: unknown): unknown {
    if (Array.isArray(node)) return node.map((item) => this.value(item)).filter((item) => item !== NO_VALUE);
    if (typeof node !== 'object' || node === null) return node;
    const entries = Object.entries(node);
    const [only] = entries;
    if (
      entries.length === 1 &&
      only &&
      (only[0] === 'Ref' || only[0] === 'Condition' || only[0].startsWith('Fn::'))
    ) {
      return this.#call(only[0], only[1]);
    }
    return Object.fromEntries(
      entries.map(([key, item]) => [key, this.value(item)] as const).filter(([, item]) => item !== NO_VALUE),
    );
  }

  #call(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return this.#ref(String(argument));
      case 'Condition':
        return typeof argument === 'string' ? this.condition(argument) : { Condition: this.value(argument) };
      case 'Fn::GetAtt':
        return this.#getAtt(argument);
      case 'Fn::Sub':
        return this.#sub(argument);
      case 'Fn::If': {
        const [condition, yes, no] = argument as [string, unknown, unknown];
        return this.value(this.condition(condition) ? yes : no);
      }
      default:
        return this.#pure(name, this.value(argument));
    }
  }

  /** Functions that need only their evaluated arguments. */
  #pure(name: string, argument: unknown): unknown {
    const list = argument as unknown[];
    switch (name) {
      case 'Fn::Join':
        return (list[1] as unknown[]).join(String(list[0]));
      case 'Fn::Select':
        return select(list);
      case 'Fn::Split':
        return String(list[1]).split(String(list[0]));
      case 'Fn::Equals':
        // Templates do not tell 5 from "5".
        return String(list[0]) === String(list[1]);
      case 'Fn::Not':
        return !list[0];
      case 'Fn::And':
        return list.every(Boolean);
      case 'Fn::Or':
        return list.some(Boolean);
      case 'Fn::Base64':
        return Buffer.from(String(argument)).toString('base64');
      case 'Fn::GetAZs':
        return ['a', 'b', 'c'].map((zone) => `${LOCAL_REGION}${zone}`);
      case 'Fn::FindInMap':
        return this.#findInMap(list);
      default:
        throw new Error(`The template uses ${name}, which the local runtime does not evaluate`);
    }
  }

  /** @throws Error where it is not there, as CloudFormation does */
  #findInMap(path: readonly unknown[]): unknown {
    const [map = '', first = '', second = ''] = path.map(String);
    const rows = own(this.#template.Mappings, map) ?? {};
    const found = own(own(rows, first) ?? {}, second);
    if (path.length === 3 && found !== undefined) return found;
    throw new Error(
      `The template looks for ${path.map(String).join('.')} in its Mappings, which have no such entry`,
    );
  }

  #ref(name: string): unknown {
    const pseudo: Record<string, unknown> = {
      'AWS::AccountId': LOCAL_ACCOUNT,
      'AWS::Region': LOCAL_REGION,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
      'AWS::StackName': this.#stackName,
      'AWS::StackId': `arn:aws:cloudformation:${LOCAL_REGION}:${LOCAL_ACCOUNT}:stack/${this.#stackName}/local`,
      'AWS::NotificationARNs': [],
      'AWS::NoValue': NO_VALUE,
    };
    if (Object.hasOwn(pseudo, name)) return pseudo[name];
    const parameter = own(this.#template.Parameters, name);
    return parameter ? parameter.Default : this.identity(name).ref;
  }

  #getAtt(argument: unknown): string {
    const [logicalId = '', ...rest] =
      typeof argument === 'string' ? argument.split('.') : (argument as string[]);
    const attribute = rest.join('.');
    const value = this.identity(logicalId).attributes[attribute];
    // Some attributes answer to any name, so it cannot be asked whether they have it.
    if (typeof value !== 'string') {
      throw new Error(`The template wants ${logicalId}.${attribute}, which the local runtime does not know`);
    }
    return value;
  }

  #sub(argument: unknown): string {
    const [text, variables] = typeof argument === 'string' ? [argument, {}] : (argument as [string, object]);
    const given = this.value(variables) as Record<string, unknown>;
    return text.replaceAll(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (Object.hasOwn(given, name)) return String(given[name]);
      return String(name.includes('.') ? this.#getAtt(name) : this.#ref(name));
    });
  }
}

/** @throws Error where there is no such item, as CloudFormation does */
function select([index, items]: readonly unknown[]): unknown {
  const item = Array.isArray(items) ? items[Number(index)] : undefined;
  if (item !== undefined && item !== null) return item;
  const got = Array.isArray(items) ? `a list of ${items.length}` : String(items);
  throw new Error(`The template selects item ${String(index)}, counted from 0, of ${got}`);
}
