/** Decides whether a call is allowed, and remembers what was denied. */
import type { StackResource } from '../stack/intrinsics.ts';
import type { Need } from '../wire/access.ts';
import { AwsError } from '../wire/aws-error.ts';
import type { Caller } from './caller.ts';
import { contextOf } from './context.ts';
import { type Denied, whyDenied } from './decision.ts';
import { type Denial, denialOf } from './denial.ts';
import { identityDocument, type Statement } from './document.ts';
import { Keys } from './keys.ts';
import { ownerOf, resourcePolicies } from './resource-policies.ts';
import type { Roles } from './roles.ts';
import type { StackNeed } from './stack-need.ts';

const EVERYTHING = identityDocument.parse({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } });
/** Objects have names of their own, so that decisions about them are not worth keeping. */
const MOST_REMEMBERED = 5000;
const ALLOWED = 'allowed';
const serviceOf = (arn: string) => arn.split(':')[2] ?? '';

/** Objects have names of their own: those of one folder are alike. */
const placeOf = (arn: string) =>
  arn.startsWith('arn:aws:s3:::') ? arn.split('/').slice(0, 2).join('/') : arn;

interface AuthorityOptions {
  resources: readonly StackResource[];
  roles: Pick<Roles, 'statements' | 'unknownPolicies'>;
  /** Called once for each denial that is not like an earlier one. */
  onDenied(denial: Denial): void;
  /** Called once for a role that is used and that the template does not have. */
  onUnknownRole(arn: string): void;
}

export class Authority {
  readonly #options: AuthorityOptions;
  readonly #attached: ReadonlyMap<string, readonly Statement[]>;
  readonly #keys: Keys;
  /** Services of resources whose policies deny something, or whose keys ask for permissions. */
  readonly #denying: ReadonlySet<string>;
  readonly #denials = new Map<string, Denial & { times: number }>();
  readonly #unknownRoles = new Set<string>();
  /** Aborted when the caller is denied something. */
  readonly #refused = new WeakMap<Caller, AbortController>();
  #decisions = new WeakMap<Caller, Map<string, Denied | typeof ALLOWED>>();

  /** @throws SetupError for a policy that cannot be evaluated here */
  constructor(options: AuthorityOptions) {
    this.#options = options;
    this.#attached = resourcePolicies(options.resources);
    this.#keys = new Keys(options.resources);
    const denying = [...this.#attached].filter(([, list]) => list.some(({ effect }) => effect === 'Deny'));
    this.#denying = new Set([...denying.map(([arn]) => arn), ...this.#keys.encrypted()].map(serviceOf));
  }

  /** Whatever was decided may be different from now on. */
  forget(): void {
    this.#decisions = new WeakMap();
  }

  /** An administrator may do everything, except what a policy of a resource denies. */
  mayDenyAdministrator(service: string): boolean {
    return this.#denying.has(service);
  }

  /** @throws AwsError where one of the needs is denied */
  check(caller: Caller, needs: readonly Need[]): void {
    const { role, assumedBy } = caller;
    try {
      if (role && assumedBy) this.#decide(assumedBy, { action: 'sts:AssumeRole', resource: role.arn });
      for (const need of needs) for (const each of this.#keys.with(need)) this.#decide(caller, each);
    } catch (error) {
      this.#refused.get(caller)?.abort();
      throw error;
    }
  }

  /** Why the need is denied; undefined where it is allowed. */
  why(caller: Caller, need: Need): Denied | undefined {
    const known = this.#decisions.get(caller) ?? new Map<string, Denied | typeof ALLOWED>();
    this.#decisions.set(caller, known);
    const { action, resource, context } = need;
    const key = `${action} ${resource}${context ? ` ${JSON.stringify(context)}` : ''}`;
    const before = known.get(key);
    if (before !== undefined) return before === ALLOWED ? undefined : before;
    const denied = this.#evaluate(caller, need);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(key, denied ?? ALLOWED);
    return denied;
  }

  /** Aborted as soon as the caller is denied something. */
  refusedOf(caller: Caller): AbortSignal {
    const known = this.#refused.get(caller) ?? new AbortController();
    this.#refused.set(caller, known);
    return known.signal;
  }

  /** What of these is denied, whether or not anybody comes to do it. */
  unmet(needs: readonly StackNeed[]): (Denial & { by: string })[] {
    return needs.flatMap(({ by, caller, ...need }) =>
      this.#keys.with(need).flatMap((each) => {
        const denied = this.why(caller, each);
        return denied ? [{ by, ...this.#denialOf(caller, each, denied) }] : [];
      }),
    );
  }

  /** Counts a denial, and says it if it is the first of its kind. */
  remember(denial: Denial): void {
    const key = `${denial.who} ${denial.action} ${placeOf(denial.resource)}`;
    const before = this.#denials.get(key);
    this.#denials.set(key, { ...denial, times: (before?.times ?? 0) + 1 });
    if (!before) this.#options.onDenied(denial);
  }

  /** What was denied since the start, the oldest first. */
  denials(): readonly (Denial & { times: number })[] {
    return [...this.#denials.values()];
  }

  #decide(caller: Caller, need: Need): void {
    const denied = this.why(caller, need);
    if (denied === undefined) return;
    const denial = this.#denialOf(caller, need, denied);
    this.remember(denial);
    throw new AwsError('AccessDeniedException', denial.message);
  }

  #denialOf(caller: Caller, need: Need, denied: Denied): Denial {
    const unknown = caller.role ? this.#options.roles.unknownPolicies(caller.role.name) : [];
    return denialOf(caller, need, denied, unknown);
  }

  #evaluate(caller: Caller, { action, resource, context }: Need): Denied | undefined {
    const { role, names, session } = caller;
    const identity = role ? this.#options.roles.statements(role.name) : undefined;
    if (role && identity === undefined) return this.#notChecked(role.arn);
    const attached = this.#attached.get(ownerOf(resource)) ?? [];
    const isRole = action === 'sts:AssumeRole';
    if (isRole && !this.#attached.has(resource)) return this.#notChecked(resource);
    return whyDenied({
      ...{ action, resource, session, attached, caller: names },
      context: context ? contextOf(context, caller.context) : caller.context,
      identity: caller.isAdministrator ? EVERYTHING : identity,
      ownPolicyDecides: isRole || action.startsWith('kms:'),
    });
  }

  #notChecked(roleArn: string): undefined {
    if (this.#unknownRoles.has(roleArn)) return;
    this.#unknownRoles.add(roleArn);
    this.#options.onUnknownRole(roleArn);
  }
}
