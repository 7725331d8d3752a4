/** The definition of a service. Everything else (the port, faults, tables, order) derives from the list of services. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import type { InstalledNode } from '../base/installed-node.ts';
import type { AwsRequest } from '../wire/aws-request.ts';
import type { Api, AwsService, ServedApi } from '../wire/gateway.ts';
import type { Identity, Subject } from './identities.ts';
import type { Stack, StackResource } from './intrinsics.ts';
import type { CloudAssembly } from './template.ts';

export interface ResourceType {
  /** What `Ref` and `Fn::GetAtt` return. */
  identity(subject: Subject): Identity;
  /** Paths of the properties that have an effect here; `Environment.Variables` includes everything below it. */
  obeys: readonly string[];
  /** It runs nothing: it says what others may do. */
  enforced?: true;
  /** Whether this resource runs; without it, all of the type do. */
  runs?(resource: StackResource, stack: Stack): boolean;
  /** Whether it runs, but never hears of what it waits for. */
  unheard?(resource: StackResource): boolean;
}

/** As in the service's API reference. */
type Words = readonly [code: string, status: number, message: string];
/** The service's words for calls that a fault refuses. */
export type Refusals = Readonly<
  Record<'throttle' | 'unavailable' | 'internal-error', Words> & { 'expired-iterator'?: Words }
>;
export type RefusalKind = keyof Refusals;

export interface Service<Own = unknown> {
  /** With which callers sign where it has an API; else that of its folder. */
  readonly name: string;
  readonly types: Readonly<Record<string, ResourceType>>;
  /** Left out where faults cannot refuse its calls. */
  readonly refusals?: Refusals;
  /** Returns the handle that it offers to other services and programs. @throws SetupError */
  open(context: ServiceContext): Own | Promise<Own>;
}

export type UnsignedHandler = (request: IncomingMessage, response: ServerResponse) => boolean;

/** @param api of the service that is called, where it has one. @throws AwsError to refuse the call */
export type Guard = (request: AwsRequest, api: Api | undefined) => void;

export interface ServiceContext {
  /** The whole stack, also what does not run. */
  stack: Stack;
  resources(type: string): StackResource[];
  /** Folder with the code of a function. */
  assetFolder: CloudAssembly['assetFolder'];
  /** Of the port, which is open already. */
  endpoint: string;
  /** Absolute path of the folder for everything that survives a restart. Each service has its own files in it. */
  stateDir: string;
  bus: EventBus;
  clock: Clock;
  /** Node.js binaries for functions, besides the one that runs this process. */
  nodes: readonly InstalledNode[];
  /** What Node.js is started with to run the program that answers queries; undefined where nobody has made it before. */
  queryProgram: readonly string[] | undefined;
  /** For the environment of every function. */
  functionVariables: Record<string, string>;
  /** Whether the shards of streams throttle, as on AWS. */
  shardLimits: boolean;
  /** Must be called before each write to a bucket: throws when a fault says that the disk is full. */
  beforeWrite(): void;
  /** The handle of a service that was opened before. */
  of<Own>(service: Service<Own>): Own;
  /**
   * Passes a call that was signed but not sent: IAM, faults and counts see it like any other.
   * @throws AwsError the service's refusal
   */
  pass: AwsService;
  /** From now on the port passes this service's calls to `api`. */
  serve(api: ServedApi): void;
  /**
   * From now on `answer` sees each request without an AWS signature, before the program's own pages do. It returns true
   * for those that it answers.
   */
  serveUnsigned(answer: UnsignedHandler): void;
  /** From now on `check` sees every call of any service before it takes effect; it throws an AwsError to refuse it. */
  guard(check: Guard): void;
  /** The steps of all services run together at the end, and resolve when everything in the streams has been taken. */
  onDrain(step: () => Promise<void>): void;
  /**
   * Must be called as soon as something is open. At the end the steps of all services run in reverse order, so that
   * what a service still sends while it closes finds its receiver open.
   */
  onClose(step: () => unknown): void;
}
