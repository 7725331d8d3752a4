/** Things, certificates, and what is attached to what. */
import { join } from 'node:path';
import { z } from 'zod';
import { arnOf } from '../stack/identities.ts';
import { writeFileAtomicSync } from '../state/atomic-file.ts';
import { orUndone } from '../state/or-undone.ts';
import { readStateFile, stateText } from '../state/state-file.ts';
import { AwsError } from '../wire/aws-error.ts';

const certificateSchema = z.object({
  certificate: z.string(),
  status: z.enum(['ACTIVE', 'INACTIVE', 'REVOKED']),
  createdMs: z.number(),
  validFromMs: z.number(),
  validToMs: z.number(),
  /** Names of policies. */
  policies: z.array(z.string()),
});
const stateSchema = z.object({
  authority: z.object({ certificate: z.string(), key: z.string() }).optional(),
  certificates: z.record(z.string(), certificateSchema).default({}),
  /** Name → ids of certificates. */
  things: z.record(z.string(), z.array(z.string())).default({}),
});
type State = z.infer<typeof stateSchema>;
type Certificate = z.infer<typeof certificateSchema>;

const THING = /^[a-zA-Z0-9:_-]{1,128}$/;

export const certificateArn = (id: string) => arnOf('iot', `cert/${id}`);
export const thingArn = (name: string) => arnOf('iot', `thing/${name}`);

export class Registry {
  readonly #file: string;
  #state: State;
  /** Policies of the template, by name. */
  readonly #policies: ReadonlySet<string>;

  constructor(stateDir: string, policies: ReadonlySet<string>) {
    this.#file = join(stateDir, 'iot.json');
    const otherwise = `${this.#file} is damaged. Remove it, and enroll the sites again.`;
    this.#state = readStateFile(this.#file, stateSchema, otherwise) ?? stateSchema.parse({});
    this.#policies = policies;
  }

  get authority(): State['authority'] {
    return this.#state.authority;
  }

  setAuthority(authority: NonNullable<State['authority']>): void {
    this.#change(() => {
      this.#state.authority = authority;
    });
  }

  certificate(id: string): Certificate {
    const found = this.find(id);
    if (found) return found;
    throw missing('Certificate id', id);
  }

  find(id: string): Certificate | undefined {
    return Object.hasOwn(this.#state.certificates, id) ? this.#state.certificates[id] : undefined;
  }

  add(id: string, certificate: Omit<Certificate, 'policies'>): void {
    this.#change(() => {
      this.#state.certificates[id] = { ...certificate, policies: [] };
    });
  }

  setStatus(id: string, status: Certificate['status']): void {
    const certificate = this.certificate(id);
    this.#change(() => {
      certificate.status = status;
    });
  }

  deleteCertificate(id: string): void {
    const { status, policies } = this.certificate(id);
    if (status === 'ACTIVE') {
      const text = `The certificate must be deactivated (not in an ACTIVE state) before deletion. Certificate id: ${id}`;
      throw new AwsError('CertificateStateException', text, 406);
    }
    if (policies.length > 0 || this.thingsOf(id).length > 0) {
      const text = `Things or policies must be detached before deletion (arn: ${certificateArn(id)})`;
      throw new AwsError('DeleteConflictException', text, 409);
    }
    this.#change(() => {
      delete this.#state.certificates[id];
    });
  }

  createThing(name: string): void {
    if (!THING.test(name)) {
      const text = `1 validation error detected: Value '${name}' at 'thingName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9:_-]+`;
      throw new AwsError('InvalidRequestException', text);
    }
    // As AWS does: the same thing again is the same thing. A name such as `constructor` is one of none that is there.
    if (Object.hasOwn(this.#state.things, name)) return;
    this.#change(() => {
      this.#state.things[name] = [];
    });
  }

  principals(thing: string): string[] {
    const found = Object.hasOwn(this.#state.things, thing) ? this.#state.things[thing] : undefined;
    if (found) return found;
    throw missing('Thing', thing);
  }

  deleteThing(name: string): void {
    // AWS answers the deletion of a thing that does not exist in the same way.
    if (!Object.hasOwn(this.#state.things, name)) return;
    if (this.principals(name).length > 0) {
      throw new AwsError(
        'InvalidRequestException',
        `Cannot delete. Thing ${name} is still attached to one or more principals`,
      );
    }
    this.#change(() => {
      delete this.#state.things[name];
    });
  }

  attachThing(thing: string, id: string): void {
    this.certificate(id);
    const principals = this.principals(thing);
    this.#change(() => {
      if (!principals.includes(id)) principals.push(id);
    });
  }

  detachThing(thing: string, id: string): void {
    const principals = this.principals(thing);
    this.#change(() => {
      this.#state.things[thing] = principals.filter((other) => other !== id);
    });
  }

  thingsOf(id: string): string[] {
    return Object.entries(this.#state.things).flatMap(([name, ids]) => (ids.includes(id) ? name : []));
  }

  attachPolicy(policy: string, id: string): void {
    this.#expectPolicy(policy);
    const { policies } = this.certificate(id);
    this.#change(() => {
      if (!policies.includes(policy)) policies.push(policy);
    });
  }

  detachPolicy(policy: string, id: string): void {
    this.#expectPolicy(policy);
    const certificate = this.certificate(id);
    this.#change(() => {
      certificate.policies = certificate.policies.filter((other) => other !== policy);
    });
  }

  /** Ids of the certificates that have the policy. */
  targets(policy: string): string[] {
    this.#expectPolicy(policy);
    return Object.entries(this.#state.certificates).flatMap(([id, { policies }]) =>
      policies.includes(policy) ? id : [],
    );
  }

  #expectPolicy(name: string): void {
    if (!this.#policies.has(name)) throw missing('Policy', name);
  }

  #change(change: () => void): void {
    const before = structuredClone(this.#state);
    change();
    orUndone(
      () => writeFileAtomicSync(this.#file, stateText(this.#state)),
      () => {
        this.#state = before;
      },
    );
  }
}

const missing = (what: string, name: string) =>
  new AwsError('ResourceNotFoundException', `${what} ${name} not found`, 404);
