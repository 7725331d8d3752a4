/** Runs a CloudFormation stack on one port and in one folder of this machine. */
import { resolve } from 'node:path';
import { ZodError } from 'zod';
import { type Clock, systemClock } from './base/clock.ts';
import type { EventBus } from './base/events.ts';
import type { InstalledNode } from './base/installed-node.ts';
import { issueIn } from './base/issue.ts';
import { OpenParts } from './base/open-parts.ts';
import { SetupError } from './base/setup-error.ts';
import { createFaults, type Faults } from './faults/faults.ts';
import { diskGuard, faultInterceptor } from './faults/intercept.ts';
import { measureThrottles } from './faults/measure-throttles.ts';
import { lambda } from './lambda/service.ts';
import { openEmulatorPort, type PortOptions } from './port.ts';
import { resolveStack } from './registry.ts';
import { SERVICES } from './services.ts';
import type { Stack, StackResource } from './stack/intrinsics.ts';
import type { Service, ServiceContext } from './stack/service.ts';
import type { CloudAssembly } from './stack/template.ts';
import { mustHaveRoom } from './state/room.ts';
import { lockState } from './state/state-lock.ts';
import type { CallCounts } from './wire/call-counts.ts';
import type { WebHandler } from './wire/gateway.ts';

export interface EmulatorOptions extends PortOptions {
  assembly: CloudAssembly;
  /** Part of the names of resources. */
  stackName: string;
  /** Folder for everything that survives a restart: streams, tables, objects, mails. */
  stateDir: string;
  bus: EventBus;
  clock?: Clock;
  faults?: Faults;
  /** Node.js binaries of other major versions, for the functions whose runtime names one; none unless told otherwise. */
  nodes?: readonly InstalledNode[];
  /**
   * What Node.js is started with to run `athena/query-process.ts`. Without it, the first query waits until that is
   * bundled, in each session anew.
   */
  queryProgram?: readonly string[];
  /** Whether the shards of streams throttle; true, as on AWS, unless told otherwise. */
  shardLimits?: boolean;
  /** Variables that every function gets here, besides its own and those of AWS. */
  functionVariables?: Record<string, string>;
  /** Returns the resources to run: those of the stack, or changed and additional ones. */
  resources?(stack: Stack): StackResource[];
}

export interface Emulator {
  endpoint: string;
  stack: Stack;
  /** Calls of AWS operations since the start. */
  calls: CallCounts;
  /** The handle that a service offers to programs in this process. */
  of<Own>(service: Service<Own>): Own;
  /** From now on, `web` answers requests without an AWS signature. */
  serve(web: WebHandler): void;
  /** Clears the faults, processes and delivers everything that is in the streams, then closes every service. */
  settle(): Promise<void>;
  /** The same, and frees the port and the folder. */
  close(): Promise<void>;
}

/**
 * Opens every service of the stack. When one cannot be opened, those that are open are closed.
 * @throws SetupError for a port or folder in use, an unsupported property, a damaged state file
 */
export async function openEmulator(options: EmulatorOptions): Promise<Emulator> {
  const open = new OpenParts();
  try {
    return await start(options, open);
  } catch (error) {
    await open.closeDownTo(0).catch(() => undefined);
    throw error;
  }
}

async function start(options: EmulatorOptions, open: OpenParts): Promise<Emulator> {
  const { clock = systemClock, faults = createFaults({ clock }), shardLimits = true } = options;
  const stateDir = resolve(options.stateDir);
  open.add(lockState(stateDir));
  mustHaveRoom(stateDir);

  const handles = new Map<Service, unknown>();
  function of<Own>(service: Service<Own>): Own {
    if (!handles.has(service))
      throw new Error(`${service.name} is not open: it must stand before in the list`);
    // The map holds what `open` of this service returned.
    return handles.get(service) as Own;
  }

  const breakOnPurpose = faultInterceptor(
    faults,
    SERVICES,
    (how) => of(lambda).kill(how),
    clock,
    measureThrottles(options.bus),
  );
  const port = await openEmulatorPort(options, breakOnPurpose);
  open.add(() => port.close());
  const { endpoint, calls } = port;
  const stack = resolveStack(options.assembly.template, options.stackName, endpoint);
  const running = options.resources?.(stack) ?? stack.resources;

  const beforeServices = open.count;
  const drains: (() => Promise<void>)[] = [];
  for (const service of SERVICES) {
    const own = await openService(service, {
      stack,
      resources: (type) => running.filter((resource) => resource.type === type),
      assetFolder: options.assembly.assetFolder,
      ...{ endpoint, stateDir, bus: options.bus, clock, beforeWrite: diskGuard(faults), of },
      ...{ shardLimits, nodes: options.nodes ?? [], pass: port.pass },
      queryProgram: options.queryProgram,
      functionVariables: options.functionVariables ?? {},
      serve: (api) => void Object.assign(port.apis, { [service.name]: api }),
      guard: (check) => void port.guards.push(check),
      serveUnsigned: (answer) => void port.unsigned.push(answer),
      onDrain: (step) => void drains.push(step),
      onClose: (step) => open.add(step),
    });
    handles.set(service, own);
  }
  port.starting = false;

  async function settle(): Promise<void> {
    faults.clear();
    await Promise.all(drains.splice(0).map((drain) => drain()));
    await open.closeDownTo(beforeServices);
  }

  return {
    ...{ endpoint, stack, calls, of, settle },
    serve(web) {
      port.web = web;
    },
    async close() {
      try {
        await settle();
      } finally {
        await open.closeDownTo(0);
      }
    },
  };
}

/** Properties of an unexpected form are an error that the author of the template can fix. */
async function openService(service: Service, context: ServiceContext): Promise<unknown> {
  try {
    return await service.open(context);
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause;
    const text = `The template's ${service.name}: ${issueIn(cause)}. This cannot run here.`;
    throw new SetupError(text, { cause });
  }
}
