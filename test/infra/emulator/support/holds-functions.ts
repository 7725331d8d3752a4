/** A program for a test that kills it: holds two functions, a frozen one and one that computes, and prints their pids. */
import { join } from 'node:path';
import { openFunction } from '../../../../infra/emulator/lambda/function.ts';
import { ACTOR } from './actor.ts';

const [codeDir = ''] = process.argv.slice(2);
let tellPid: (pid: number) => void = () => undefined;
const spinning = new Promise<number>((resolve) => {
  tellPid = resolve;
});
const fn = openFunction({
  actor: ACTOR,
  name: 'probe',
  arn: 'arn:aws:lambda:us-east-1:000000000000:function:probe',
  properties: { Handler: 'index.handler', Runtime: 'nodejs24.x', Role: 'arn:role', Timeout: 900 },
  codeDir,
  tmpRoot: join(codeDir, 'tmp'),
  environment: {},
  logFile: join(codeDir, 'log'),
  onLog: (line) => tellPid(Number(/pid (\d+)/.exec(line)?.[1])),
});
const spin = fn.invoke('{"spin":true}');
const frozen = await fn.invoke('{}');
if (frozen.status === 'ok') {
  process.stdout.write(JSON.stringify([Number(frozen.payload), await spinning]));
}
await spin;
