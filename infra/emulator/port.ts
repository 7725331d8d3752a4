/** The one port: calls are counted, looked at, broken on purpose, and handed to their service. */
import { AwsError } from './wire/aws-error.ts';
import { type CallCounts, createCallCounts } from './wire/call-counts.ts';
import type { Api, AwsService, Interceptor, WebHandler } from './wire/gateway.ts';
import { openPort } from './wire/open-port.ts';

export interface PortOptions {
  /** On 127.0.0.1; 0 for any free one. */
  port: number;
  /** Sees every AWS call before any fault does. */
  intercept?: Interceptor;
  /** Wraps a service behind the faults: sees what takes effect, even when the answer is lost on its way. */
  watch?(service: string, handle: AwsService): AwsService;
}

export interface Port {
  endpoint: string;
  /** Of AWS operations, since the start. */
  calls: CallCounts;
  /** What is answered, by the name with which callers sign. */
  apis: Record<string, Api>;
  /** True while services may still be missing: their callers are told to come again. */
  starting: boolean;
  /** Answers what carries no AWS signature. */
  web: WebHandler;
  close(): Promise<void>;
}

/** @throws SetupError for a port that is taken or forbidden */
export async function openEmulatorPort(options: PortOptions, breakOnPurpose: Interceptor): Promise<Port> {
  const { watch = (_, handle) => handle, intercept = (request, response, next) => next(request, response) } =
    options;
  const calls = createCallCounts();

  const answer: Interceptor = (request, response, handle) => {
    const { service } = request;
    if (port.starting && !Object.hasOwn(port.apis, service)) {
      throw new AwsError('ServiceUnavailable', 'The emulator is starting', 503);
    }
    return intercept(request, response, (...call) => breakOnPurpose(...call, watch(service, handle)));
  };

  const port: Port = {
    endpoint: '',
    calls,
    apis: {},
    starting: true,
    web: (_, response) => void response.writeHead(503).end('Starting\n'),
    close: () => gateway.close(),
  };
  const gateway = await openPort(options.port, {
    services: port.apis,
    web: (...call) => port.web(...call),
    intercept: (request, response, handle) =>
      calls.intercept(request, response, (...call) => answer(...call, handle)),
  });
  port.endpoint = gateway.endpoint;
  return port;
}
