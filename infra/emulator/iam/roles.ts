/** What roles may do: by the template's policies, and by those that were put on them since. */
import { join } from 'node:path';
import { z } from 'zod';
import type { StackResource } from '../stack/intrinsics.ts';
import { writeFileAtomicSync } from '../state/atomic-file.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { AwsError } from '../wire/aws-error.ts';
import { identityDocument, type Statement } from './document.ts';
import { managedPolicies } from './managed-policies.ts';
import { ofResource } from './of-resource.ts';

const names = z.array(z.string()).default([]);
const attachedSchema = z.object({ PolicyDocument: identityDocument, Roles: names });
const roleSchema = z.object({
  Policies: z.array(z.object({ PolicyDocument: identityDocument })).default([]),
  ManagedPolicyArns: names,
});
/** Role → name of the policy → document, as it was sent. */
const stateSchema = z.record(z.string(), z.record(z.string(), z.string()));

interface Role {
  statements: Statement[];
  /** Managed policies whose content is not known here. */
  unknown: string[];
}

export class Roles {
  readonly #file: string;
  #put: z.infer<typeof stateSchema>;
  /** From the template, by the role's name. */
  readonly #given: ReadonlyMap<string, Role>;
  readonly #managed: ReadonlyMap<string, Statement[]>;
  readonly #changed: () => void;

  /** @param changed is called when a policy was put or removed */
  constructor(stateDir: string, resources: readonly StackResource[], changed: () => void) {
    this.#file = join(stateDir, 'role-policies.json');
    const otherwise = `${this.#file} is damaged. Remove it: policies that were put on roles are lost.`;
    this.#put = readStateFile(this.#file, stateSchema, otherwise) ?? {};
    this.#managed = managedPolicies(resources);
    this.#given = rolesOf(resources, this.#managed);
    this.#changed = changed;
  }

  /** Of the role with this name; undefined for one that the template does not have. */
  statements(name: string): Statement[] | undefined {
    const given = this.#given.get(name);
    const put = Object.values(this.#put[name] ?? {}).flatMap((text) => parseDocument(text));
    return given && [...given.statements, ...put];
  }

  unknownPolicies(name: string): readonly string[] {
    return this.#given.get(name)?.unknown ?? [];
  }

  /** @param arn of a managed policy. @throws AwsError */
  managed(arn: string): readonly Statement[] {
    const found = this.#managed.get(arn);
    if (found) return found;
    throw new AwsError('MalformedPolicyDocument', `The policy ${arn} is not known here`);
  }

  policy(role: string, name: string): string {
    this.#expect(role);
    const text = this.#put[role]?.[name];
    if (text !== undefined) return text;
    throw new AwsError('NoSuchEntity', `The role policy with name ${name} cannot be found.`, 404);
  }

  put(role: string, name: string, text: string): void {
    this.#expect(role);
    parseDocument(text);
    this.#save({ ...this.#put, [role]: { ...this.#put[role], [name]: text } });
  }

  remove(role: string, name: string): void {
    this.policy(role, name);
    const { [name]: _, ...others } = this.#put[role] ?? {};
    this.#save({ ...this.#put, [role]: others });
  }

  #expect(role: string): void {
    if (this.#given.has(role)) return;
    throw new AwsError('NoSuchEntity', `The role with name ${role} cannot be found.`, 404);
  }

  #save(next: z.infer<typeof stateSchema>): void {
    writeFileAtomicSync(this.#file, stateText(next));
    this.#put = next;
    this.#changed();
  }
}

function rolesOf(
  resources: readonly StackResource[],
  managed: ReadonlyMap<string, Statement[]>,
): ReadonlyMap<string, Role> {
  const roles = new Map<string, Role>();
  for (const resource of resources) {
    if (resource.type !== 'AWS::IAM::Role') continue;
    const { Policies, ManagedPolicyArns: arns } = ofResource(resource, () =>
      roleSchema.parse(resource.properties),
    );
    const statements = Policies.flatMap(({ PolicyDocument }) => PolicyDocument);
    statements.push(...arns.flatMap((arn) => managed.get(arn) ?? []));
    roles.set(resource.ref, { statements, unknown: arns.filter((arn) => !managed.has(arn)) });
  }
  for (const resource of resources) {
    if (resource.type !== 'AWS::IAM::Policy' && resource.type !== 'AWS::IAM::ManagedPolicy') continue;
    const { PolicyDocument, Roles } = ofResource(resource, () => attachedSchema.parse(resource.properties));
    for (const role of Roles) roles.get(role)?.statements.push(...PolicyDocument);
  }
  return roles;
}

export function parseDocument(text: string): Statement[] {
  try {
    return identityDocument.parse(JSON.parse(text));
  } catch (error) {
    const why = error instanceof z.ZodError ? `: ${error.issues[0]?.message}` : '';
    throw new AwsError('MalformedPolicyDocument', `Syntax errors in policy${why}.`);
  }
}
