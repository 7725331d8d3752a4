/** npm run bench [-- NAME…]: every benchmark, or those named, one after the other, each in a process of its own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const BENCHMARKS = ['detector', 'bundle', 'simulator', 'delivery', 'compaction', 'query'];

const named = process.argv.slice(2);
const unknown = named.filter((name) => !BENCHMARKS.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`Expected benchmarks of ${BENCHMARKS.join(', ')}, got ${unknown.join(', ')}\n`);
  process.exit(2);
}
for (const name of named.length > 0 ? named : BENCHMARKS) {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', file], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
