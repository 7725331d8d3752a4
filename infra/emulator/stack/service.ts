/** What a service of the emulator is made of. Everything else (ports, faults, tables, order) derives from the list. */
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import type { Api } from '../wire/gateway.ts';
import type { Identity, Subject } from './identities.ts';
import type { Stack, StackResource } from './intrinsics.ts';
import type { CloudAssembly } from './template.ts';

/** A type of resource that the service runs. */
export interface ResourceType {
  /** What `Ref` and `Fn::GetAtt` give. */
  identity(subject: Subject): Identity;
  /** Paths of the properties that have an effect here, such as `Environment.Variables`: that one and all below it. */
  obeys: readonly string[];
  /** Does this one run? All of them do where it is left out. */
  runs?(resource: StackResource, stack: Stack): boolean;
}

/** Code, HTTP status and message, as the service's API reference has them. */
type Words = readonly [code: string, status: number, message: string];
/** How a service words what a fault makes it refuse. */
export type Refusals = Readonly<
  Record<'throttle' | 'unavailable' | 'internal-error', Words> & { 'expired-iterator'?: Words }
>;
export type RefusalKind = keyof Refusals;

export interface Service<Own = unknown> {
  /** Name of its folder, and with which callers sign where it has an API. */
  readonly name: string;
  readonly types: Readonly<Record<string, ResourceType>>;
  /** Left out where no call can be refused on purpose. */
  readonly refusals?: Refusals;
  /**
   * Starts it, after the services before it in the list. Gives what other services may ask of it.
   * @throws SetupError
   */
  open(context: ServiceContext): Own | Promise<Own>;
}

/** What a service finds when it is opened. */
export interface ServiceContext {
  /** The stack's resources of a type. */
  resources(type: string): StackResource[];
  /** Folder of the code of a function. */
  assetFolder: CloudAssembly['assetFolder'];
  /** Of the port, which is open already. */
  endpoint: string;
  /** Folder for what outlives a restart; absolute. Each service has its own files in it. */
  stateDir: string;
  bus: EventBus;
  clock: Clock;
  /** To be called before each write to a bucket: throws when a fault says that the disk is full. */
  beforeWrite(): void;
  /** What a service that was opened before gave. */
  of<Own>(service: Service<Own>): Own;
  /** From now on the port hands this service's calls to it. */
  serve(api: Api): void;
  /** Called at the end, for all services at once: resolves when all that is in the streams now is taken over. */
  onDrain(step: () => Promise<void>): void;
  /**
   * To be called as soon as something is open. At the end the steps run in reverse, over all services: so what a
   * service still delivers while it closes finds those open that it was opened after.
   */
  onClose(step: () => unknown): void;
}
