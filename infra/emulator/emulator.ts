/** A CloudFormation stack, running on one port and in one folder of this machine. */
import { resolve } from 'node:path';
import { ZodError } from 'zod';
import type { EventBus } from './base/events.ts';
import { OpenParts } from './base/open-parts.ts';
import { SetupError } from './base/setup-error.ts';
import { createFaults, type Faults } from './faults/faults.ts';
import { diskGuard, faultInterceptor } from './faults/intercept.ts';
import { lambda } from './lambda/service.ts';
import { resolveStack } from './registry.ts';
import { SERVICES } from './services.ts';
import type { Stack, StackResource } from './stack/intrinsics.ts';
import type { Service, ServiceContext } from './stack/service.ts';
import type { CloudAssembly } from './stack/template.ts';
import { lockState } from './state/state-lock.ts';
import { AwsError } from './wire/aws-error.ts';
import { type CallCounts, createCallCounts } from './wire/call-counts.ts';
import type { Api, AwsService, Interceptor, WebHandler } from './wire/gateway.ts';
import { openPort } from './wire/open-port.ts';

export interface EmulatorOptions {
  assembly: CloudAssembly;
  /** Names of resources derive from it. */
  stackName: string;
  /** Streams, tables, objects, mails: all that outlives a restart. */
  stateDir: string;
  /** On 127.0.0.1; 0 for any free one. */
  port: number;
  bus: EventBus;
  /** What goes wrong on purpose. */
  faults?: Faults;
  /** The resources to run in place of the stack's own: some altered, or more of them. */
  resources?(stack: Stack): StackResource[];
  /** Sees every AWS call before any fault does. */
  intercept?: Interceptor;
  /** A service, looked on at from behind the faults: what takes effect, whether or not its caller hears of it. */
  watch?(service: string, handle: AwsService): AwsService;
}

export interface Emulator {
  endpoint: string;
  stack: Stack;
  /** Of AWS operations, since the start. */
  calls: CallCounts;
  /** What a service gives to those that ask. */
  of<Own>(service: Service<Own>): Own;
  /** From now on, `web` answers what carries no AWS signature. */
  serve(web: WebHandler): void;
  /** Handles and delivers all that is in the streams, then ends every service. Faults end first, or nothing would. */
  settle(): Promise<void>;
  /** The same, and gives port and folder back. */
  close(): Promise<void>;
}

/**
 * Starts every service of the stack. What was open already is closed when one cannot start.
 * @throws SetupError for a port or folder that is taken, an unsupported property, a damaged state file
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
  const { faults = createFaults() } = options;
  const stateDir = resolve(options.stateDir);
  open.add(lockState(stateDir));

  const apis: Record<string, Api> = {};
  const handles = new Map<Service, unknown>();
  const calls = createCallCounts();
  let web: WebHandler = (_, response) => void response.writeHead(503).end('Starting\n');
  let starting = true;

  function of<Own>(service: Service<Own>): Own {
    if (!handles.has(service)) throw new Error(`${service.name} is not open yet: it must stand before`);
    return handles.get(service) as Own;
  }

  const breakOnPurpose = faultInterceptor(faults, SERVICES, (how) => of(lambda).kill(how));
  const gateway = await openPort(options.port, {
    services: apis,
    web: (...call) => web(...call),
    intercept: (request, response, handle) =>
      calls.intercept(request, response, async (...call) => {
        if (starting && !(request.service in apis)) {
          throw new AwsError('ServiceUnavailable', 'The emulator is starting', 503);
        }
        const next: AwsService = (...answered) => breakOnPurpose(...answered, handle);
        await (options.intercept ? options.intercept(...call, next) : next(...call));
      }),
  });
  open.add(() => gateway.close());

  const stack = resolveStack(options.assembly.template, options.stackName, gateway.endpoint);
  const running = options.resources?.(stack) ?? stack.resources;
  const drains: (() => Promise<void>)[] = [];
  const outer = open.count;
  for (const service of SERVICES) {
    const context: ServiceContext = {
      resources: (type) => running.filter((resource) => resource.type === type),
      assetFolder: options.assembly.assetFolder,
      endpoint: gateway.endpoint,
      ...{ stateDir, bus: options.bus, beforeWrite: diskGuard(faults), of },
      serve(api) {
        const { watch } = options;
        apis[service.name] = watch ? { ...api, handle: watch(service.name, api.handle) } : api;
      },
      onDrain: (step) => drains.push(step),
      onClose: (step) => open.add(step),
    };
    handles.set(service, await openService(service, context));
  }
  starting = false;

  async function settle(): Promise<void> {
    faults.clear();
    await Promise.all(drains.splice(0).map((drain) => drain()));
    await open.closeDownTo(outer);
  }

  return {
    endpoint: gateway.endpoint,
    ...{ stack, calls, of, settle },
    serve(handler) {
      web = handler;
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

/** Properties of an unexpected form are for the author of the template to fix. */
async function openService(service: Service, context: ServiceContext): Promise<unknown> {
  try {
    return await service.open(context);
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause;
    const [issue] = cause.issues;
    const text = `The template's ${service.name}: ${issue?.path.join('.')}: ${issue?.message}. This cannot run here.`;
    throw new SetupError(text, { cause });
  }
}
