/** Everything that derives from the list of services: identities, what runs, properties without effect, faults. */
import { type Fault, faultSchemaFor, parseFaultFlag } from './faults/fault.ts';
import { SERVICES } from './services.ts';
import { placeholderIdentity } from './stack/identities.ts';
import { evaluateStack, type Stack, type StackResource } from './stack/intrinsics.ts';
import * as obeyed from './stack/obeyed.ts';
import type { Template } from './stack/template.ts';

const TYPES = new Map(SERVICES.flatMap(({ types }) => Object.entries(types)));

/**
 * The stack of a template, with every reference and function evaluated.
 * @param endpoint of the port, which is part of some names
 * @throws Error naming a function or reference that is unknown
 */
export const resolveStack = (template: Template, stackName: string, endpoint: string): Stack =>
  evaluateStack(template, stackName, (logicalId, { Type, Properties }) => {
    const subject = { stackName, logicalId, properties: Properties, endpoint };
    return TYPES.get(Type)?.identity(subject) ?? placeholderIdentity(Type, subject);
  });

export interface ResourceRow {
  logicalId: string;
  /** The logical id without the hash that CDK appends. */
  name: string;
  type: string;
  mode: 'local' | 'enforced' | 'not heard here' | 'not emulated';
}

/** Which resources of the stack run here. Resources of other types have no effect. */
export const resourceRows = (stack: Stack): ResourceRow[] =>
  stack.resources.map((resource) => {
    const { logicalId, type } = resource;
    const known = TYPES.get(type);
    const runs = known !== undefined && (known.runs?.(resource, stack) ?? true);
    const local = known?.unheard?.(resource) ? 'not heard here' : 'local';
    const name = logicalId.replace(/[0-9A-F]{8}$/, '');
    const mode = known?.enforced ? 'enforced' : runs ? local : 'not emulated';
    return { logicalId, name, type, mode };
  });

/** Paths of the properties of a resource that are set and have no effect here. */
export const withoutEffect = ({ type, properties }: StackResource): string[] =>
  obeyed.withoutEffect(properties, TYPES.get(type)?.obeys ?? []);

export const faultSchema = faultSchemaFor(
  SERVICES.flatMap(({ name, refusals }) => (refusals === undefined ? [] : name)),
);
/** A fault from a flag, see {@link parseFaultFlag}. @throws RangeError */
export const parseFault = (text: string): Fault => parseFaultFlag(text, faultSchema);
