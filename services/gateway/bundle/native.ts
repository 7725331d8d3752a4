/** Puts LevelDB's binaries into the bundle: a plug-in for esbuild. */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';

/** Where gateways run. Each binary is about 400 KB. */
const FOLDERS = /^linux-(?:x64|arm64|arm)$/;
const NAMESPACE = 'embedded';

/** `classic-level` looks for its binary next to itself; in a bundle there is no such place. */
export const embedNative: Plugin = {
  name: 'embed-native',
  setup(build) {
    const root = dirname(createRequire(import.meta.url).resolve('classic-level/package.json'));
    build.onResolve({ filter: /^\.\/binding$/ }, ({ importer }) =>
      importer.startsWith(root) ? { path: 'classic-level', namespace: NAMESPACE } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: NAMESPACE }, () => ({
      contents: loader(prebuilds(join(root, 'prebuilds'))),
      resolveDir: root,
    }));
  },
};

interface Prebuild {
  /** Such as `linux-x64`. */
  platform: string;
  /** Such as `classic-level.musl.node`. */
  name: string;
  path: string;
}

const prebuilds = (folder: string): Prebuild[] =>
  readdirSync(folder)
    .filter((platform) => FOLDERS.test(platform))
    .flatMap((platform) =>
      readdirSync(join(folder, platform)).map((name) => ({
        platform,
        name,
        path: join(folder, platform, name),
      })),
    );

/** The module that takes the place of the binding: unpacks the binary that fits, and loads it. */
const loader = (found: readonly Prebuild[]): string => `
  const { createHash } = require('node:crypto');
  const { existsSync, mkdirSync, renameSync, writeFileSync } = require('node:fs');
  const { tmpdir } = require('node:os');
  const { join } = require('node:path');
  const BINARIES = [${found.map(entry).join(',')}];
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  const arm = process.arch === 'arm64' ? 8 : process.config.variables.arm_version;
  const platform = process.platform + '-' + process.arch;
  const fits = BINARIES.filter((binary) => binary.platform === platform);
  const binary = [isGlibc ? 'classic-level.node' : '.musl.', '.armv' + arm + '.']
    .map((part) => fits.find(({ name }) => name.includes(part)))
    .find(Boolean);
  if (!binary) {
    process.stderr.write('This file runs on Linux on x64, arm64 or arm, not on ' + platform + '.\\n');
    process.exit(1);
  }
  const bytes = binary.bytes();
  const folder = join(process.env.STATE_DIRECTORY || join(tmpdir(), 'streamwatch-gateway-' + process.getuid()));
  const file = join(folder, 'leveldb-' + createHash('sha256').update(bytes).digest('hex').slice(0, 16) + '.node');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file + '.' + process.pid, bytes, { mode: 0o700 });
    renameSync(file + '.' + process.pid, file);
  }
  const loaded = { exports: {} };
  process.dlopen(loaded, file);
  module.exports = loaded.exports;
`;

const entry = ({ platform, name, path }: Prebuild): string =>
  `{ platform: '${platform}', name: '${name}', bytes: () => require(${JSON.stringify(path)}) }`;
