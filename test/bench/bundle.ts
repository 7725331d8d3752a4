/**
 * What a cold start of the detector loads: the size of its bundle, and its import time compared with a bundle of its two
 * SDK clients alone. The detector is bundled as the stack bundles it.
 *
 * node --import tsx test/bench/bundle.ts [rounds]
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { type BuildOptions, buildSync } from 'esbuild';
import { NOT_BUNDLED } from '../../infra/aws/parts/not-bundled.ts';
import { DETECTOR_ENVIRONMENT } from '../support/detector-environment.ts';
import { median, printTable } from './fresh.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SDK_ALONE = `
  import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
  import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
  export const used = [new DynamoDBClient({}), new SNSClient({}), PutItemCommand, QueryCommand, PublishCommand];
`;
const IMPORT = `
  const started = performance.now();
  await import(process.argv[1]);
  process.stdout.write(String(performance.now() - started));
`;
function bundle(folder: string, input: Partial<BuildOptions>): string {
  const outfile = join(folder, 'index.mjs');
  mkdirSync(folder, { recursive: true });
  buildSync({
    ...input,
    absWorkingDir: root,
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'error',
  });
  return outfile;
}

const importMs = (file: string) =>
  Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', IMPORT, pathToFileURL(file).href], {
      encoding: 'utf8',
      env: {
        ...{ PATH: process.env.PATH, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
        ...DETECTOR_ENVIRONMENT,
      },
    }),
  );

const rounds = Number(process.argv[2] ?? 15);
const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
try {
  const detector = bundle(join(folder, 'detector'), {
    entryPoints: ['services/detector/handler.ts'],
    external: NOT_BUNDLED,
  });
  const clients = bundle(join(folder, 'clients'), { stdin: { contents: SDK_ALONE, resolveDir: root } });
  const times = { detector: [] as number[], clients: [] as number[] };
  for (let round = 0; round < rounds; round += 1) {
    if (round % 2 === 0) times.detector.push(importMs(detector));
    times.clients.push(importMs(clients));
    if (round % 2 === 1) times.detector.push(importMs(detector));
  }
  const kilobytes = (bytes: number) => [bytes / 1024];
  printTable('Detector: bundle', 'KB', [
    { name: 'minified', values: kilobytes(statSync(detector).size) },
    {
      name: 'zipped',
      values: kilobytes(deflateRawSync(readFileSync(detector), { level: 9 }).length),
      budget: '≤ 300',
    },
  ]);
  printTable('Detector: import', 'ms, ratio', [
    { name: 'SDK clients alone', values: times.clients },
    { name: 'detector', values: times.detector, floor: times.clients, budget: '≤ 1.2' },
  ]);
  const best = Math.min(...times.detector) / Math.min(...times.clients);
  process.stdout.write(
    `ratio of the medians ${(median(times.detector) / median(times.clients)).toFixed(2)}, of the best ${best.toFixed(2)}\n`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
