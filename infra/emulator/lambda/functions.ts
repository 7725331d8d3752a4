/** The template's functions, each opened when it is first used. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { measureOf } from '../base/measure.ts';
import { SetupError } from '../base/setup-error.ts';
import { type Actor, iam } from '../iam/service.ts';
import { clientOptions } from '../stack/client-options.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import type { ServiceContext } from '../stack/service.ts';
import { functionProperties } from './configuration.ts';
import { type EnvironmentEnd, type LambdaFunction, openFunction } from './function.ts';

export interface Functions {
  /** A function that is in use, by its name or ARN. */
  find(nameOrArn: string): LambdaFunction | undefined;
  /** The same for any function of the template, opened if necessary. @throws SetupError where it cannot run here */
  use(nameOrArn: string): LambdaFunction;
  /** Ends the execution environments of all functions. */
  kill(how: EnvironmentEnd): Promise<void>;
}

export const codeProperties = z.object({
  Code: z.object({ S3Key: z.string().optional(), ZipFile: z.string().optional() }),
});

export function openFunctions(functions: StackResource[], context: ServiceContext): Functions {
  const { assetFolder, endpoint, stateDir, bus, clock, of, onClose } = context;
  const opened = new Map<string, LambdaFunction>();
  // Whenever one is opened, it ends after everything that invokes it.
  onClose(() => Promise.all([...opened.values()].map((fn) => fn.stop())));

  function open({ ref: name, arn, properties }: StackResource): LambdaFunction {
    const measure = measureOf(bus, 'AWS/Lambda', { FunctionName: name });
    const { Role: roleArn } = functionProperties.parse(properties);
    const actor = of(iam).asRole({ roleArn, service: 'lambda', source: arn, session: name });
    const fn = openFunction({
      ...{ name, arn, properties, clock },
      codeDir: deployCode(properties, assetFolder, join(stateDir, 'functions', name)),
      tmpRoot: emptyFolder(join(stateDir, 'tmp', name)),
      nodes: context.nodes,
      actor,
      environment: { ...context.functionVariables, ...localEnvironment(endpoint, actor) },
      logFile: join(stateDir, 'logs', `${name}.log`),
      onLog: (line) => bus.emit('log', line),
      onInvoked: ({ status, durationMs }, atMs) => {
        measure('Invocations', 1, 'Count', { atMs });
        measure('Errors', status === 'ok' ? 0 : 1, 'Count', { atMs });
        // Invocations wait here, where AWS would throttle them.
        measure('Throttles', 0, 'Count', { atMs });
        measure('Duration', durationMs, 'Milliseconds', { atMs });
      },
      warn: bus.warn,
    });
    opened.set(name, fn);
    return fn;
  }

  return {
    find: (nameOrArn) =>
      [...opened.values()].find(({ name, arn }) => nameOrArn === name || nameOrArn === arn),
    use(nameOrArn) {
      const resource = functions.find(({ ref, arn }) => ref === nameOrArn || arn === nameOrArn);
      if (!resource) throw new SetupError(`The template has no function ${nameOrArn}, which it invokes`);
      return opened.get(resource.ref) ?? open(resource);
    },
    async kill(how) {
      await Promise.all([...opened.values()].map((fn) => fn.kill(how)));
    },
  };
}

/** Copies the code, as Lambda does: the next synthesis may delete the original during this session. */
function deployCode(properties: unknown, assetFolder: (key: string) => string, folder: string): string {
  const { S3Key, ZipFile } = codeProperties.parse(properties).Code;
  rmSync(folder, { recursive: true, force: true });
  if (S3Key !== undefined) cpSync(assetFolder(S3Key), folder, { recursive: true });
  else {
    // Code within the template is CommonJS, whatever the package.json around this folder says.
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.cjs'), ZipFile ?? '');
  }
  return folder;
}

/** What a killed runtime has left there belongs to nobody. */
function emptyFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  return folder;
}

/** Leads a function's SDK clients here instead of to AWS. */
function localEnvironment(endpoint: string, { accessKey }: Actor): Record<string, string> {
  const { region, credentials } = clientOptions(endpoint, accessKey);
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: 'local',
  };
}
