/** What roles may do: by the template's policies, and by those that were put on them since. */
import { join } from 'node:path';
import { z } from 'zod';
import type { StackResource } from '../stack/intrinsics.ts';
import { writeFileAtomicSync } from '../state/atomic-file.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { AwsError } from '../wire/aws-error.ts';
import { type ContextValues, contextOf } from './context.ts';
import { allows } from './decision.ts';
import { documentSchema, type Statement } from './document.ts';

const attachedSchema = z.object({ PolicyDocument: documentSchema, Roles: z.array(z.string()).default([]) });
const roleSchema = z.object({
  Policies: z.array(z.object({ PolicyDocument: documentSchema })).default([]),
});
/** Role → name of the policy → document, as it was sent. */
const stateSchema = z.record(z.string(), z.record(z.string(), z.string()));

interface RoleAccess {
  action: string;
  /** ARN; undefined where only the action is looked at. */
  resource?: string;
  context: ContextValues;
}

export class Roles {
  readonly #file: string;
  readonly #put: z.infer<typeof stateSchema>;
  /** From the template, by the role's name. */
  readonly #given = new Map<string, Statement[]>();

  constructor(stateDir: string, roles: readonly StackResource[], policies: readonly StackResource[]) {
    this.#file = join(stateDir, 'role-policies.json');
    const otherwise = `${this.#file} is damaged. Remove it: policies that were put on roles are lost.`;
    this.#put = readStateFile(this.#file, stateSchema, otherwise) ?? {};
    for (const { ref, properties } of roles) {
      const { Policies } = roleSchema.parse(properties);
      this.#given.set(
        ref,
        Policies.flatMap(({ PolicyDocument }) => PolicyDocument),
      );
    }
    for (const { properties } of policies) {
      const { PolicyDocument, Roles } = attachedSchema.parse(properties);
      for (const role of Roles) this.#given.get(role)?.push(...PolicyDocument);
    }
  }

  /** @param role its name */
  allows(role: string, { action, resource, context }: RoleAccess): boolean {
    const put = Object.values(this.#put[role] ?? {}).flatMap((text) => parseDocument(text));
    const all = [...(this.#given.get(role) ?? []), ...put];
    const statements = resource === undefined ? all.map((one) => ({ ...one, resource: undefined })) : all;
    return allows(statements, { action, resource: resource ?? '*', context: contextOf(context) });
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
    this.#put[role] = { ...this.#put[role], [name]: text };
    this.#save();
  }

  remove(role: string, name: string): void {
    this.policy(role, name);
    delete this.#put[role]?.[name];
    this.#save();
  }

  #expect(role: string): void {
    if (this.#given.has(role)) return;
    throw new AwsError('NoSuchEntity', `The role with name ${role} cannot be found.`, 404);
  }

  #save(): void {
    writeFileAtomicSync(this.#file, stateText(this.#put));
  }
}

function parseDocument(text: string): Statement[] {
  try {
    return documentSchema.parse(JSON.parse(text));
  } catch {
    throw new AwsError('MalformedPolicyDocument', 'Syntax errors in policy.');
  }
}
