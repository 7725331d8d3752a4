/** The template's functions, each started when something first invokes it. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { EventBus } from '../base/events.ts';
import { SetupError } from '../base/setup-error.ts';
import { clientOptions } from '../stack/client-options.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import { type EnvironmentEnd, type LambdaFunction, openFunction } from './function.ts';

export interface FunctionsOptions {
  functions: StackResource[];
  assetFolder(objectKey: string): string;
  endpoint: string;
  stateDir: string;
  bus: EventBus;
  clock: Clock;
  onClose(step: () => unknown): void;
}

export interface Functions {
  /** A function by its name or ARN, if it has been used. */
  find(nameOrArn: string): LambdaFunction | undefined;
  /** The same, started if need be. @throws SetupError where it cannot run here */
  use(nameOrArn: string): LambdaFunction;
  /** Ends all of them in the middle of what they do; the next invocation is a cold start. */
  kill(how: EnvironmentEnd): Promise<void>;
}

export const codeProperties = z.object({
  Code: z.object({ S3Key: z.string().optional(), ZipFile: z.string().optional() }),
});

export function openFunctions(options: FunctionsOptions): Functions {
  const started = new Map<string, LambdaFunction>();

  function start({ ref: name, arn, properties }: StackResource): LambdaFunction {
    const fn = openFunction({
      ...{ name, arn, properties },
      codeDir: deployCode(properties, options.assetFolder, join(options.stateDir, 'functions', name)),
      environment: localEnvironment(options.endpoint),
      logFile: join(options.stateDir, 'logs', `${name}.log`),
      clock: options.clock,
      onLog: (line) => options.bus.emit('log', line),
    });
    options.onClose(() => fn.stop());
    started.set(name, fn);
    return fn;
  }

  return {
    find: (nameOrArn) =>
      [...started.values()].find(({ name, arn }) => nameOrArn === name || nameOrArn === arn),
    use(nameOrArn) {
      const resource = options.functions.find(({ ref, arn }) => ref === nameOrArn || arn === nameOrArn);
      if (!resource) throw new SetupError(`The template has no function ${nameOrArn}, which it invokes`);
      return started.get(resource.ref) ?? start(resource);
    },
    async kill(how) {
      await Promise.all([...started.values()].map((fn) => fn.kill(how)));
    },
  };
}

/** A copy, as Lambda keeps one: the next synthesis may take the original away while this session goes on. */
function deployCode(properties: unknown, assetFolder: (key: string) => string, folder: string): string {
  const { S3Key, ZipFile } = codeProperties.parse(properties).Code;
  rmSync(folder, { recursive: true, force: true });
  if (S3Key !== undefined) cpSync(assetFolder(S3Key), folder, { recursive: true });
  else {
    // Code that stands in the template is CommonJS, whatever project this folder lies in.
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'index.cjs'), ZipFile ?? '');
  }
  return folder;
}

/** What leads a function's SDK clients here instead of to AWS. */
function localEnvironment(endpoint: string): Record<string, string> {
  const { region, credentials } = clientOptions(endpoint);
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}
