/** Lambda: the template's functions that read a stream, and the event source mappings that invoke them. */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { KinesisClient } from '@aws-sdk/client-kinesis';
import { z } from 'zod';
import type { EventBus } from '../base/events.ts';
import { openCheckpoints } from '../kinesis/checkpoints.ts';
import { createFunction, type EnvironmentEnd, type LambdaFunction } from '../lambda/function.ts';
import { LOCAL_REGION } from '../stack/identities.ts';
import type { StackResource } from '../stack/intrinsics.ts';
import type { CloudAssembly } from '../stack/template.ts';
import { type EventSourceMapping, startEventSourceMapping } from './mapping.ts';

export interface DetectionOptions {
  functions: StackResource[];
  mappings: StackResource[];
  assembly: CloudAssembly;
  client: KinesisClient;
  endpoint: string;
  s3Root: string;
  stateDir: string;
  bus: EventBus;
  /** Gets each line that a function writes to its log. */
  onLog(line: string): void;
  /** Called before each write to the failure bucket; what it throws is a failure of that write. */
  beforeWrite(): void;
}

export interface Detection {
  /** A function by its name or ARN, if it is one that runs here. */
  find(nameOrArn: string): LambdaFunction | undefined;
  /** Resolves when all that is in the streams now has been processed, or given up. */
  drain(): Promise<void>;
  /** Ends the functions in the middle of what they do; the next invocation is a cold start. */
  kill(how: EnvironmentEnd): Promise<void>;
  stop(): Promise<void>;
}

const mappingProperties = z.object({ FunctionName: z.string() });
const functionProperties = z.object({ Code: z.object({ S3Key: z.string() }) });

/** Only functions that some mapping invokes are started: nothing else in the template reaches the others. */
export async function openDetection(options: DetectionOptions): Promise<Detection> {
  const { bus, client, s3Root } = options;
  const folders = {
    logs: join(options.stateDir, 'logs'),
    checkpoints: join(options.stateDir, 'checkpoints'),
  };
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  const functions = new Map<string, LambdaFunction>();
  const mappings: EventSourceMapping[] = [];

  function functionFor(nameOrArn: string): LambdaFunction {
    const resource = options.functions.find(({ ref, arn }) => ref === nameOrArn || arn === nameOrArn);
    if (!resource)
      throw new Error(`An event source mapping names the function ${nameOrArn}, which is not there`);
    const { Code } = functionProperties.parse(resource.properties);
    const started =
      functions.get(resource.ref) ??
      createFunction({
        name: resource.ref,
        arn: resource.arn,
        properties: resource.properties,
        codeDir: deployCode(
          options.assembly.assetFolder(Code.S3Key),
          join(options.stateDir, 'functions', resource.ref),
        ),
        environment: localCredentials(options.endpoint),
        logFile: join(folders.logs, `${resource.ref}.log`),
        onLog: options.onLog,
      });
    functions.set(resource.ref, started);
    return started;
  }

  for (const { ref: id, properties } of options.mappings) {
    const fn = functionFor(mappingProperties.parse(properties).FunctionName);
    const checkpoints = await openCheckpoints(join(folders.checkpoints, `${id}.json`));
    const { beforeWrite } = options;
    mappings.push(
      startEventSourceMapping({ id, properties, client, fn, checkpoints, s3Root, bus, beforeWrite }),
    );
  }
  return {
    find: (nameOrArn) =>
      [...functions.values()].find(({ name, arn }) => nameOrArn === name || nameOrArn === arn),
    async drain() {
      await Promise.all(mappings.map((mapping) => mapping.drain()));
    },
    async kill(how) {
      await Promise.all([...functions.values()].map((fn) => fn.kill(how)));
    },
    async stop() {
      await Promise.all(mappings.map((mapping) => mapping.stop()));
      await Promise.all([...functions.values()].map((fn) => fn.stop()));
    },
  };
}

/** A copy, as Lambda keeps one: the next synthesis may take the original away while this session goes on. */
function deployCode(asset: string, folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  cpSync(asset, folder, { recursive: true });
  return folder;
}

/** What leads a function's SDK clients here instead of to AWS. Signatures are not checked, but must be there. */
function localCredentials(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: LOCAL_REGION,
    AWS_DEFAULT_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}
