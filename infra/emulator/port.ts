/** The one port: counts calls, shows them to watchers, injects faults, and passes each call to its service. */
import { own } from './base/own.ts';
import { SetupError } from './base/setup-error.ts';
import type { Guard, UnsignedHandler } from './stack/service.ts';
import { AwsError } from './wire/aws-error.ts';
import { type CallCounts, createCallCounts } from './wire/call-counts.ts';
import {
  type Api,
  type AwsService,
  type GatewayOptions,
  type Interceptor,
  startGateway,
  type WebHandler,
} from './wire/gateway.ts';

export interface PortOptions {
  /** On 127.0.0.1; 0 for any free one. */
  port: number;
  /** Sees every AWS call before any fault does. */
  intercept?: Interceptor;
  /** Wraps a service after the faults: sees what takes effect, even when the answer is lost. */
  watch?(service: string, handle: AwsService): AwsService;
}

interface Port {
  endpoint: string;
  /** Calls of AWS operations since the start. */
  calls: CallCounts;
  /** By the name with which callers sign. */
  apis: Record<string, Api>;
  /** Each sees every call before it takes effect. */
  guards: Guard[];
  /** Each sees every request without a signature before `web` does, until one answers it. */
  unsigned: UnsignedHandler[];
  /** While true, callers of a missing service are told to try again. */
  starting: boolean;
  web: WebHandler;
  /** Passes a call of the emulator's own as if it had come over the network. @throws AwsError */
  pass: AwsService;
  close(): Promise<void>;
}

/** @throws SetupError for a port that is taken or forbidden */
export async function openEmulatorPort(options: PortOptions, breakOnPurpose: Interceptor): Promise<Port> {
  const { watch = (_, handle) => handle, intercept = (request, response, next) => next(request, response) } =
    options;
  const calls = createCallCounts((request) => own(port.apis, request.service)?.partsOf?.(request) ?? []);

  const answer: Interceptor = (request, response, handle) => {
    const { service } = request;
    if (port.starting && !Object.hasOwn(port.apis, service)) {
      throw new AwsError('ServiceUnavailable', 'The emulator is starting', 503);
    }
    for (const guard of port.guards) guard(request, own(port.apis, service));
    return intercept(request, response, (...call) => breakOnPurpose(...call, watch(service, handle)));
  };

  const port: Port = {
    endpoint: '',
    calls,
    apis: {},
    guards: [],
    unsigned: [],
    starting: true,
    web: (_, response) => void response.writeHead(503).end('Starting\n'),
    async pass(request, response) {
      const handle = own(port.apis, request.service)?.handle;
      if (!handle) throw new AwsError('ServiceUnavailable', `Nothing answers for ${request.service}`, 503);
      await calls.intercept(request, response, (...call) => answer(...call, handle));
    },
    close: () => gateway.close(),
  };
  const gateway = await listen({
    port: options.port,
    services: port.apis,
    web: (...call) => {
      if (!port.unsigned.some((handler) => handler(...call))) port.web(...call);
    },
    intercept: (request, response, handle) =>
      calls.intercept(request, response, (...call) => answer(...call, handle)),
  });
  port.endpoint = gateway.endpoint;
  return port;
}

async function listen(options: GatewayOptions) {
  try {
    return await startGateway(options);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw cause;
    const problem = code === 'EACCES' ? 'may not be opened' : 'is in use';
    throw new SetupError(`Port ${options.port} ${problem}.`, { cause, choose: 'port' });
  }
}
